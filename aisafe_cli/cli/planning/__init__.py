"""Commands that begin a plan and look ahead."""
