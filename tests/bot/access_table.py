"""Who may ask what: every route that the server has, by hand. `tests/bot/test_access.py` asks each as everybody.

Console: the roles that are let in; `signed-in` for all of them, `enrolling` also for those who have yet to set up their
second factor, `anybody` without signing in. API: the scopes of which a token needs one; `person`: it must belong to a
member of staff besides; after the bar the roles to which a token with every scope opens it.
"""

from __future__ import annotations

CONSOLE = """
GET  /console/sign-in                                anybody
POST /console/sign-in                                anybody
GET  /console/sign-in/{token}                        anybody
POST /console/sign-in/{token}                        anybody
GET  /console/oidc                                   anybody
GET  /console/oidc/callback                          anybody
POST /console/oidc/code                              anybody
GET  /console/me/authenticator                       enrolling
POST /console/me/authenticator                       enrolling
POST /console/me/authenticator/new                   enrolling
GET  /console                                        signed-in
GET  /console/live                                   signed-in
GET  /console/password                               signed-in
POST /console/password                               signed-in
POST /console/sign-out                               signed-in
GET  /console/me                                     signed-in
POST /console/me/recovery                            signed-in
POST /console/me/sessions/end                        signed-in
POST /console/me/tokens/{id}/activate                signed-in
POST /console/me/tokens/{id}/revoke                  signed-in
GET  /console/requests                               reviewer supervisor
GET  /console/requests/{number}                      reviewer supervisor
GET  /console/requests/{number}/changed              reviewer supervisor
POST /console/requests/{number}/decision             reviewer supervisor
POST /console/requests/{number}/uphold               reviewer supervisor
POST /console/requests/{number}/revert               reviewer supervisor
GET  /console/conversations                          agent reviewer supervisor
GET  /console/conversations/{id}                     agent reviewer supervisor
GET  /console/conversations/{id}/state               agent reviewer supervisor
GET  /console/conversations/{id}/stream              agent reviewer supervisor
POST /console/conversations/{id}/takeover            agent reviewer supervisor
POST /console/conversations/{id}/handback            agent reviewer supervisor
POST /console/conversations/{id}/messages            agent reviewer supervisor
POST /console/conversations/{id}/notes               agent reviewer supervisor
POST /console/conversations/{id}/proof               agent reviewer supervisor
POST /console/conversations/{id}/change              agent reviewer supervisor
GET  /console/customers/{no}/offline                 agent reviewer supervisor
POST /console/customers/{no}/offline                 agent reviewer supervisor
GET  /console/customers                              agent reviewer supervisor operations
GET  /console/customers/{no}                         agent reviewer supervisor operations
POST /console/customers/{no}/labels                  agent reviewer supervisor operations
POST /console/customers/{no}/tasks                   agent reviewer supervisor operations
POST /console/customers/{no}/reveal                  agent reviewer supervisor
GET  /console/jobs                                   operations
POST /console/jobs/{id}/replay                       operations
GET  /console/audit                                  supervisor security_officer
GET  /console/freezes                                supervisor security_officer
POST /console/freezes/{id}/release                   supervisor security_officer
GET  /console/erase                                  supervisor security_officer
POST /console/erase/propose                          supervisor security_officer
POST /console/erase/{id}/{verdict}                   supervisor security_officer
POST /console/customers/{no}/reactivate              supervisor security_officer
GET  /console/staff                                  security_officer
POST /console/staff/{name}/reset                     security_officer
POST /console/staff/{name}/unlock                    security_officer
POST /console/staff/{name}/sessions/end              security_officer
"""

EVERY_ROLE = "agent reviewer supervisor operations security_officer"

API = f"""
GET   /api/v1/openapi.json                           anybody
POST  /api/v1/messages                               messages | {EVERY_ROLE}
GET   /api/v1/chats/{{channel}}/{{chat}}/messages    messages | {EVERY_ROLE}
POST  /api/v1/links                                  links | {EVERY_ROLE}
POST  /api/v1/link-tokens                            links | {EVERY_ROLE}
POST  /api/v1/signals                                signals | {EVERY_ROLE}
GET   /api/v1/customers                              customers | agent reviewer supervisor operations
POST  /api/v1/customers                              customers | agent reviewer supervisor operations
GET   /api/v1/customers/{{no}}                       customers | agent reviewer supervisor operations
PATCH /api/v1/customers/{{no}}                       customers | agent reviewer supervisor operations
GET   /api/v1/customers/{{no}}/history               customers | agent reviewer supervisor operations
GET   /api/v1/customers/{{no}}/duplicates            customers | agent reviewer supervisor operations
GET   /api/v1/customers/{{no}}/export                customers | supervisor
POST  /api/v1/customers/{{no}}/erase                 erase person | supervisor security_officer
POST  /api/v1/customers/{{no}}/hold                  erase person | supervisor security_officer
DELETE /api/v1/customers/{{no}}/hold                 erase person | supervisor security_officer
GET   /api/v1/customers/{{no}}/callback-numbers      conversations | agent reviewer supervisor
GET   /api/v1/change-requests                        requests decide | reviewer supervisor
GET   /api/v1/change-requests/{{number}}             requests decide | reviewer supervisor
GET   /api/v1/change-requests/{{number}}/duplicates  requests decide | reviewer supervisor
POST  /api/v1/change-requests/{{number}}/decisions   decide person | reviewer supervisor
POST  /api/v1/change-requests/{{number}}/confirm     decide person | reviewer supervisor
POST  /api/v1/change-requests/{{number}}/revert      conversations person | agent reviewer supervisor
POST  /api/v1/offline-requests                       conversations person | agent reviewer supervisor
GET   /api/v1/conversations                          conversations | agent reviewer supervisor
GET   /api/v1/conversations/{{id}}/messages          conversations | agent reviewer supervisor
POST  /api/v1/conversations/{{id}}/takeover          conversations person | agent reviewer supervisor
POST  /api/v1/conversations/{{id}}/handback          conversations person | agent reviewer supervisor
POST  /api/v1/conversations/{{id}}/messages          conversations person | agent reviewer supervisor
POST  /api/v1/conversations/{{id}}/notes             conversations person | agent reviewer supervisor
GET   /api/v1/conversations/{{id}}/draft             conversations | agent reviewer supervisor
POST  /api/v1/conversations/{{id}}/proofs            conversations person | agent reviewer supervisor
POST  /api/v1/conversations/{{id}}/changes           conversations person | agent reviewer supervisor
GET   /api/v1/freezes                                decide person | supervisor security_officer
POST  /api/v1/freezes/{{id}}/release                 decide person | supervisor security_officer
GET   /api/v1/audit/entries                          audit | supervisor security_officer
GET   /api/v1/audit/entries/{{entry}}/proof          audit | supervisor security_officer
GET   /api/v1/audit/checkpoints                      audit | supervisor security_officer
GET   /api/v1/audit/consistency                      audit | supervisor security_officer
POST  /api/v1/tokens/activate                        decide erase person | {EVERY_ROLE}
"""

FRONT = """
GET  /
GET  /healthz
GET  /readyz
GET  /metrics
GET  /chat
WS   /chat/socket
GET  /not-me/{token}
POST /not-me/{token}
POST /channels/telegram/webhook
GET  /channels/whatsapp/webhook
POST /channels/whatsapp/webhook
GET  /channels/wechat/callback
POST /channels/wechat/callback
GET  /channels/wecom/callback
POST /channels/wecom/callback
GET  /demo
POST /demo/chat
GET  /demo/phone
GET  /demo/phone/messages
GET  /demo/crm
POST /demo/crm
GET  /demo/crm/customers/{no}
"""
"""Everybody may ask these; whom they serve is known by a cookie of the chat, a secret in the address or a signature."""

DIGEST = "0" * 64
REASON = {"reason": "because"}
IN_PERSON = {"kind": "in_person", "place": "counter", "signed_form": DIGEST}
BODIES: dict[str, object] = {
    "POST /api/v1/messages": {"channel": "api", "chat": "c1", "id": "m1", "text": "hello"},
    "POST /api/v1/links": {"channel": "api", "chat": "c1", "customer": "C1"},
    "POST /api/v1/link-tokens": {"customer": "C1"},
    "POST /api/v1/signals": {"customer": "C1", "kind": "touchpoint"},
    "POST /api/v1/customers": {"name": "Ada Example", "phone": "12"},
    "PATCH /api/v1/customers/{no}": {"tier": "vip"},
    "POST /api/v1/customers/{no}/erase": {"confirm": "nothing-1"},
    "POST /api/v1/customers/{no}/hold": REASON,
    "POST /api/v1/change-requests/{number}/decisions": {"decision": "approve", "digest": DIGEST},
    "POST /api/v1/change-requests/{number}/confirm": REASON,
    "POST /api/v1/change-requests/{number}/revert": {"proof": IN_PERSON},
    "POST /api/v1/offline-requests": {
        "customer": "C1", "field": "phone", "text": "+12025550147", "way": "counter", "proof": IN_PERSON,
        "received_at": "2026-03-02T08:00:00Z",
    },
    "POST /api/v1/conversations/{id}/messages": {"text": "hello"},
    "POST /api/v1/conversations/{id}/notes": {"text": "hello"},
    "POST /api/v1/conversations/{id}/proofs": {"digest": DIGEST, "proof": IN_PERSON},
    "POST /api/v1/conversations/{id}/changes": {"field": "phone", "text": "+12025550147"},
    "POST /api/v1/freezes/{id}/release": REASON,
    "POST /api/v1/tokens/activate": {"totp": "123456"},
}  # fmt: skip
"""What is sent so that nothing but the caller can be wrong."""

QUERIES = {
    "GET /api/v1/customers/{no}/export": "?reason=because",
    "GET /api/v1/audit/consistency": "?old=1",
    "GET /console/requests/{number}/changed": "?version=1",
}


def lines(table: str) -> dict[str, str]:
    """The rest of each line by its method and path."""
    found = {}
    for line in table.strip().splitlines():
        method, path, *rest = line.split()
        found[f"{method} {path}"] = " ".join(rest)
    return found
