"""`python -m deskhand` is the command `deskhand`."""

from deskhand.cli import main

if __name__ == "__main__":
    main()
