"""One failure's story: why a request failed, and what both ends of its connection did."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

from scripts.analysis.catalogue import Cause
from scripts.analysis.causes import causes
from scripts.analysis.connections import cases
from scripts.analysis.stalls import of_trials
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Load, Target, Trial
from scripts.domain.words import chain_words, link_words
from scripts.report.advice import advised, of_trial
from scripts.report.between import relay_words
from scripts.report.causes import Explained, explained
from scripts.report.document import Document
from scripts.report.stalls import PrintedBlockage, printed_blockage
from scripts.report.timeline import Moment, stalls, timeline


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """All that one screen shows of a failed request.

    Attributes:
        trial: campaign/order.
        target, load: what ran, by name.
        cause: why it failed.
        chain: the exceptions, in words; exceptions: each of them, the one raised first.
        moments: the timeline, in order of time; seconds relative to the request's end.
        stalls: (from, to) of the times the client's event loop was blocked meanwhile; likewise.
        blocked: what blocked the event loop over the whole trial; None where nothing did, or
            nobody looked.
        between: what stood between client and server, in words; empty for nothing.
        slowed: whether the client's calls were counted, which takes time of its own.
        client_advice, server_advice: what to change.
        others: how many other requests of the trial failed of each cause.
    """

    trial: str
    target: str
    load: str
    cause: Explained
    chain: str
    exceptions: list[str]
    moments: list[Moment]
    stalls: list[tuple[float, float]]
    blocked: PrintedBlockage | None
    between: str
    slowed: bool
    client_advice: str
    server_advice: str
    others: dict[str, int]


class PrintedStory(Document, frozen=True, kw_only=True, tag="explain"):
    """Why a request failed, and what both ends of its connection did.

    Attributes:
        trial: the trial it failed in, as campaign/order.
        target: what ran.
        load: under what.
        cause: why it failed.
        chain: the exceptions, the one raised first; empty where there was none.
        exceptions: each of them.
        moments: the timeline, in order of time; seconds relative to the request's end.
        stalls: (from, to) of the times the client's event loop was blocked meanwhile; likewise.
        blocked: what blocked the client's event loop over the whole trial; null where nothing did,
            or nobody looked.
        between: what stood between client and server, in words; empty for nothing.
        slowed: whether the client's calls were counted, which takes time of its own.
        client_advice: what to change at the client; empty for nothing.
        server_advice: what to change at the server; empty for nothing.
        others: how many other requests of the trial failed of each cause.
    """

    version: Literal[2]
    trial: str
    target: Target
    load: Load
    cause: Explained
    chain: str
    exceptions: list[str]
    moments: list[Moment]
    stalls: list[tuple[float, float]]
    blocked: PrintedBlockage | None
    between: str
    slowed: bool
    client_advice: str
    server_advice: str
    others: dict[str, int]


def printed_story(story: Story, trial: Trial) -> PrintedStory:
    """The story of a failed request of a trial, as JSON has it."""
    return PrintedStory(
        version=2,
        trial=story.trial,
        target=trial.target,
        load=trial.load,
        cause=story.cause,
        chain=story.chain,
        exceptions=story.exceptions,
        moments=story.moments,
        stalls=story.stalls,
        blocked=story.blocked,
        between=story.between,
        slowed=story.slowed,
        client_advice=story.client_advice,
        server_advice=story.server_advice,
        others=story.others,
    )


def story(trial: Trial, request: int | None) -> Story:
    """The story of one failed request.

    Args:
        trial: the trial it failed in.
        request: its number; None for the first that failed.

    Raises:
        UsageProblem: no request failed, there is no such request, or that one did not fail.
    """
    reasons = causes(trial)
    cause = _chosen(trial, reasons, request)
    case = next((case for case in cases(trial) if case.number == cause.request), None)
    others = Counter(reason.name for reason in reasons if reason is not cause)
    exceptions = [link_words(link) for link in case.chain] if case else []
    advice = advised(cause.name, of_trial(trial, exceptions))
    blockage = of_trials([trial])
    return Story(
        trial=trial.name,
        target=trial.target.name,
        load=trial.load.name,
        cause=explained(cause),
        chain=chain_words(case.chain) if case else "",
        exceptions=exceptions,
        moments=timeline(case) if case else [],
        stalls=stalls(case) if case else [],
        blocked=printed_blockage(blockage) if blockage else None,
        between=relay_words(trial.server),
        slowed=trial.client.profiled,
        client_advice=advice.client,
        server_advice=advice.server,
        others=dict(others),
    )


def _chosen(trial: Trial, reasons: list[Cause], request: int | None) -> Cause:
    """The cause of one failed request among all of a trial's; of the first for None.

    Raises:
        UsageProblem: no request failed, there is no such request, or that one did not fail.
    """
    if not reasons:
        raise UsageProblem(
            f"no request of this trial failed ({trial.outcome}): nothing to explain."
        )
    if request is None:
        return reasons[0]
    chosen = next((cause for cause in reasons if cause.request == request), None)
    if chosen is None:
        failed = ", ".join(str(cause.request) for cause in reasons[:12])
        raise UsageProblem(f"request {request} did not fail; those that did: {failed}.")
    return chosen
