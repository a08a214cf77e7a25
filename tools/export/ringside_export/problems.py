"""The three ways in which an export ends early, each with its exit status."""


class UsageError(Exception):
    """The command line asks for something that this version does not do. Exit status 2."""

    exit_status = 2


class ExportFailed(Exception):
    """A file is missing, broken or contradicts another. Exit status 1."""

    exit_status = 1


class CannotReproduce(Exception):
    """The pipeline cannot be reproduced, or the self-check found a difference. Exit status 5; nothing is written."""

    exit_status = 5
