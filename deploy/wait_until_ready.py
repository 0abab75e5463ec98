"""Wait until an app is ready: python deploy/wait_until_ready.py http://127.0.0.1:8501/readyz [seconds]."""

import sys
import time
import urllib.error
import urllib.request


def main(url: str, seconds: float = 120.0) -> int:
    """0 once it answers 200; 1 after so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=30):
                return 0
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    print(f"{url} is not ready after {seconds:g} s", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(float, sys.argv[2:3])))
