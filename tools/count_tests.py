#!/usr/bin/env python3
"""Counts the test cases of one `bazel test` run and names those that failed; the last line is `N passed, N failed`.

usage: count_tests.py EVENTS      EVENTS is what bazel test --build_event_json_file=EVENTS wrote

The events name the tests of this very run, so the results of an earlier one are never counted; a cached pass is.
"""
import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree as ET

MESSAGE_LINES = 6


def read_cases(path):
    """Yields (name, outcome, message) for every case of a test.xml, as GoogleTest or Bazel wrote it."""
    for case in ET.parse(path).iter("testcase"):
        name = ".".join(filter(None, [case.get("classname"), case.get("name")]))
        problem = next((e for e in case if e.tag in ("failure", "error")), None)
        if problem is not None:
            yield name, "failed", problem.get("message") or problem.text or ""
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            yield name, "skipped", ""
        else:
            yield name, "passed", ""


def cases_of(label, result):
    """The cases of one run of one test target. A run that failed as a whole has at least one failed case."""
    files = {f["name"]: urllib.parse.unquote(urllib.parse.urlsplit(f["uri"]).path) for f in result.get("testActionOutput", [])}
    xml = files.get("test.xml", "")
    try:
        cases = list(read_cases(xml))
    except (OSError, ET.ParseError):
        cases = [(label, "passed", "")] if result["status"] == "PASSED" else []
    if any(outcome == "failed" for _, outcome, _ in cases):
        return cases
    if result["status"] != "PASSED":
        return cases + [(label, "failed", result["status"].lower().replace("_", " "))]
    # Bazel passes a test that calls exit(0) midway; GoogleTest removes this file only when it comes to its end.
    if os.path.exists(os.path.join(os.path.dirname(xml), "test.exited_prematurely")):
        return [(label, "failed", "ended before its last case")]
    return cases


def read_events(path):
    """Returns the test targets, the last attempt of every run of theirs, and the name of Bazel's exit code."""
    targets, runs, exit_name = set(), {}, "no result"
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            try:
                event = json.loads(line)
            except json.JSONDecodeError:  # Bazel was killed while it wrote
                break
            if "testSize" in event.get("configured", {}):
                targets.add(event["id"]["targetConfigured"]["label"])
            elif "testResult" in event:
                key = event["id"]["testResult"]
                runs[key["label"], key.get("run"), key.get("shard")] = event["testResult"]
            elif "finished" in event:
                exit_name = event["finished"].get("exitCode", {}).get("name", "SUCCESS")
    return targets, runs, exit_name


def main(path):
    targets, runs, exit_name = read_events(path)
    cases = [(label, case) for (label, _, _), result in sorted(runs.items()) for case in cases_of(label, result)]
    for label in sorted(targets - {label for label, _, _ in runs}):
        cases.append((label, (label, "failed", "did not build or did not run")))
    if exit_name not in ("SUCCESS", "TESTS_FAILED", "NO_TESTS_FOUND") and not any(c[1] == "failed" for _, c in cases):
        cases.append(("bazel", ("bazel", "failed", "ended with " + exit_name)))

    for label, (name, outcome, message) in cases:
        if outcome == "failed":
            whole_target = name in (label, label.lstrip("/").replace(":", "/"))
            print("FAILED", label if whole_target else f"{label} {name}")
            for line in message.splitlines()[:MESSAGE_LINES]:
                print("    " + line)
    count = {kind: sum(outcome == kind for _, (_, outcome, _) in cases) for kind in ("passed", "failed", "skipped")}
    skipped = f", {count['skipped']} skipped" if count["skipped"] else ""
    print(f"{count['passed']} passed, {count['failed']} failed{skipped}")
    return 0 if count["passed"] and not count["failed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
