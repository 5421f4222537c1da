"""What must not break the tool: kills, full disks, wrong calls, secrets; in numbers."""
