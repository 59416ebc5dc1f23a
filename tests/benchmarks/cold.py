"""The script of one cold start: import a restore function, let it restore one drift, and say what that took.

Runs in an interpreter that has what the Lambda runtime has and no more. Standard input: the function's event; standard
output: one line of JSON. Times in milliseconds, memory in megabytes, both of the whole process; calls by service.
"""

import json
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any


def peak() -> float:
    """Of this program alone: getrusage would count what its parent held when it forked."""
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) / 1024


began, used = time.perf_counter(), time.process_time()
code, layer = sys.argv[1:3]
sys.path[:0] = [code, layer]
app = __import__("app")
imported = time.perf_counter()
event = json.load(sys.stdin)
endpoint: Any = sys.modules["botocore.endpoint"].Endpoint
make_request, calls = endpoint.make_request, Counter[str]()


def counted(self: Any, operation: Any, request: Any) -> Any:
    calls[operation.service_model.service_id.hyphenize()] += 1
    return make_request(self, operation, request)


endpoint.make_request = counted
answer = app.handler(event, None)
cold = {
    "import": (imported - began) * 1000,
    "wall": (time.perf_counter() - began) * 1000,
    "cpu": (time.process_time() - used) * 1000,
    "memory": peak(),
    "calls": dict(calls),
    "failed": answer["batchItemFailures"],
}
warm = []
for _ in range(20):
    used = time.process_time()
    app.handler(event, None)
    warm.append((time.process_time() - used) * 1000)
sys.stdout.write(json.dumps({**cold, "warm_cpu": sorted(warm)[len(warm) // 2]}))
