"""What parliament finds in policies: a JSON list of them on stdin, a list of findings for each on stdout."""

import json
import sys

from parliament import analyze_policy_string


def findings(document):
    policy = analyze_policy_string(document, include_community_auditors=True)
    return [
        {"issue": each.issue, "actions": each.location.get("actions", [])} for each in policy.findings
    ]


print(json.dumps([findings(document) for document in json.load(sys.stdin)]))
