"""Imported by a worker process of the server, and nowhere else: only the server tells it when to end.

Ctrl-C in a terminal, and a service manager that stops a service, signal every process at once. A worker that obeyed
would lose what it trains, before the server can ask for it. It ends with the server in any case: Dask sees to that.
"""

import signal

for _number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(_number, signal.SIG_IGN)
