"""What a figure says when the folder lacks what it needs."""

from __future__ import annotations

from simulation.errors import YanzhenError
from simulation.parameters import Label


class NotAvailableError(YanzhenError):
    """A figure cannot be drawn from this folder.

    Parameters
    ----------
    reason : what is missing, for people
    """

    def __init__(self, reason: Label) -> None:
        super().__init__(reason.en)
        self.reason = reason
