"""What the comparisons share: the random checkpoint in both layouts, and running a process under watch."""
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parent / "bazel-bin/prefix/bin/miafr"


def set_up(work):
    python = work / "venv/bin/python"
    if not (work / "venv/ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", work / "venv"], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", HERE / "requirements.txt"]
        subprocess.run(pip, check=True)
        (work / "venv/ready").touch()
    folder, file = work / "sd15-random", work / "sd15-random.safetensors"
    if not (folder / "model_index.json").exists():
        subprocess.run([python, HERE / "random_checkpoint.py", folder], check=True)
    if not file.exists():
        subprocess.run([PROGRAM, "convert", folder, file, "--layout", "compvis"], check=True)
    return python, folder, file


def proportional_memory(pid):
    """Bytes of PSS of a process: shared and mapped pages count in proportion."""
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) * 1024
    except (OSError, AttributeError):
        return 0


def resident_pages(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0


def busy_seconds():
    """CPU seconds that the whole machine has worked."""
    fields = [int(f) for f in open("/proc/stat").readline().split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def run(command, threads, **more):
    """Runs a process; returns its output, its peak of memory and the share of all cores that others took meanwhile."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), **more}
    begin, busy = time.monotonic(), busy_seconds()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    peak = [0]

    def watch():
        most = 0
        while process.poll() is None:
            pages = resident_pages(process.pid)
            # PSS takes the kernel a walk over all pages, which slows the process down: only where there are more.
            if pages > 1.02 * most:
                most = pages
                peak[0] = max(peak[0], proportional_memory(process.pid))
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    before = os.times()
    out, err = process.communicate()
    watcher.join()
    after = os.times()
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{err}")
    own = (after.children_user - before.children_user) + (after.children_system - before.children_system)
    others = (busy_seconds() - busy - own) / ((time.monotonic() - begin) * os.cpu_count())
    return out, peak[0] / 2**30, max(0.0, others)
