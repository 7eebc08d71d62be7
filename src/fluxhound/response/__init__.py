"""From finding to action: plan, brakes, approvals, publishing, expiry and undo."""
