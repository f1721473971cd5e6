"""Run Glossator: `python -m glossator`."""

from glossator.cli import main

if __name__ == "__main__":
    main()
