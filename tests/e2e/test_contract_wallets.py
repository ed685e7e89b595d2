"""Contract wallets (EIP-1271): a contract says that it signed; on a development chain, and by a node that misbehaves."""

import base64
import concurrent.futures
import json
import secrets
import time
import urllib.error
import urllib.request

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from conftest import running_fleet
from lib.chain import Imposter, deploy, development_chain, two_owners
from lib.wallets import assume, bearer, client

STRINGS = ("fleet", "role", "bucket", "prefix", "operations")
TYPES = {"wallet": "address", "grantee": "address", "scope": "Scope[]", "nonce": "bytes32", **{name: "string" for name in STRINGS}}


def challenge(master):
    with urllib.request.urlopen(f"http://{master.s3}/.cairn/v1/challenge", timeout=10) as answer:
        return json.load(answer)


def signed(prefix, name, message, signature):
    """A token or grant with that message; `signature` gives bytes for what eth_account is to sign."""
    types = {name: [{"name": k, "type": TYPES.get(k, "uint64")} for k in message]}
    if "scope" in message:
        types["Scope"] = [{"name": n, "type": "string"} for n in ("bucket", "prefix", "operations")]
    to_sign = encode_typed_data({"name": "Cairn", "version": "2"}, types, message)
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
    return ".".join([prefix] + [base64.urlsafe_b64encode(b).rstrip(b"=").decode() for b in (text, signature(to_sign))])


def token(master, wallet, signature, **change):
    asked, now = challenge(master), int(time.time())
    message = {"wallet": wallet, "fleet": asked["fleet"], "role": "storage",
               "scope": [{"bucket": "*", "prefix": "", "operations": "read,write,list,delete"}], "iat": now, "exp": now + 600,
               "nonce": asked["nonce"], **change}
    return signed("cairn-eip712", "CairnAuth", message, signature)


def grant(master, wallet, signature, bucket, **change):
    now = int(time.time())
    message = {"wallet": wallet, "fleet": challenge(master)["fleet"], "grantee": "0x" + "0" * 40, "bucket": bucket, "prefix": "",
               "operations": "read", "iat": now, "exp": now + 600, "count": 0, "nonce": "0x" + secrets.token_hex(32), **change}
    return signed("cairn-grant", "CairnGrant", message, signature)


def by(*accounts):
    return lambda message: b"".join(bytes(a.sign_message(message).signature) for a in accounts)


def junk(size=130):
    return lambda message: secrets.token_bytes(size)


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    with development_chain(tmp_path_factory.mktemp("chain")) as url:
        yield url


@pytest.fixture(scope="module")
def on_chain(chain):
    yield from running_fleet(masters=2, settings={"auth": {"eip712": True, "ethereum_rpc": chain}})


def test_a_contract_signs_in_on_every_master(on_chain, chain):
    one, two = on_chain.masters
    first, second = Account.create(), Account.create()
    wallet = deploy(chain, two_owners([first.address, second.address]))
    good = token(one, wallet, by(first, second))
    assert bearer(one, good, "PUT", "/of-a-contract")[0] == 200
    assert bearer(two, good, "PUT", "/of-a-contract/k", b"both signed")[0] == 200
    made = assume(two, token(two, wallet, by(first, second)))
    assert client(one, made).get_object(Bucket="of-a-contract", Key="k")["Body"].read() == b"both signed"
    shared = grant(one, wallet, by(first, second), "of-a-contract", count=2)
    anyone = {"x-cairn-grant": shared}
    answers = [ask(m, "/of-a-contract/k", anyone) for m in (one, two, one)]
    assert answers == [(200, b"both signed"), (200, b"both signed"), answers[2]] and answers[2][0] == 403
    for signature in (by(first), by(second, first), by(first, first), by(Account.create(), second), junk(), junk(65), junk(1)):
        status, body = bearer(two, token(two, wallet, signature), "GET", "/")
        assert (status, b"InvalidToken" in body) == (403, True), body
        status, body = ask(one, "/of-a-contract/k", {"x-cairn-grant": grant(one, wallet, signature, "of-a-contract")})
        assert (status, b"InvalidToken" in body) == (403, True), body
    status, body = bearer(one, token(one, first.address.lower(), by(first, second)), "GET", "/")
    assert status == 403 and b"InvalidToken" in body, "an address without code is no contract"
    assert bearer(one, token(one, first.address.lower(), by(first)), "GET", "/")[0] == 200, "keys go on signing"


def ask(master, path, headers):
    request = urllib.request.Request(f"http://{master.s3}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture(scope="module")
def node():
    imposter = Imposter()
    yield imposter
    imposter.close()


@pytest.fixture(scope="module")
def asking(node):
    yield from running_fleet(masters=1, settings={"auth": {"eip712": True, "ethereum_rpc": node.url}})


@pytest.fixture()
def one(asking, node):
    node.answers.update({"eth_getCode": "0x60", "eth_call": "0x1626ba7e" + "0" * 56})
    node.calls.clear()
    return asking.masters[0]


WALLET = "0x" + "c0" * 20


def status_of(master, text, path="/"):
    status, body = bearer(master, text, "GET", path)
    return status, body.split(b"<Code>")[1].split(b"</Code>")[0].decode() if status >= 400 else ""


def test_what_is_asked_and_how_often(one, node):
    text = token(one, WALLET, junk(130))
    for _ in range(5):
        assert status_of(one, text)[0] == 200
    assert [method for method, _ in node.calls] == ["eth_getCode", "eth_call"]
    assert node.calls[0][1] == [WALLET, "latest"]
    asked, block = node.calls[1][1]
    assert asked["to"] == WALLET and block == "latest"
    data = bytes.fromhex(asked["data"][2:])
    signature = base64.urlsafe_b64decode(text.split(".")[2] + "==")
    assert data[:4].hex() == "1626ba7e" and data[36:68] == (64).to_bytes(32, "big") and data[68:100] == (130).to_bytes(32, "big")
    assert data[100:230] == signature and data[230:] == bytes(30)
    # Another signature of the same token is another question.
    other = ".".join(text.split(".")[:2] + [base64.urlsafe_b64encode(secrets.token_bytes(130)).rstrip(b"=").decode()])
    node.answers["eth_call"] = "0x" + "f" * 64
    assert status_of(one, other) == (403, "InvalidToken") and len(node.calls) == 4
    assert status_of(one, text)[0] == 200 and len(node.calls) == 4


def test_nobody_is_asked_about_junk(one, node):
    now = int(time.time())
    for text in [token(one, WALLET, junk(5000)), token(one, WALLET, junk(0)), token(one, WALLET, junk(), exp=now - 1),
                 token(one, WALLET, junk(), iat=now + 400, exp=now + 500), token(one, WALLET, junk(), exp=now + 90000),
                 token(one, WALLET, junk(), fleet="another"), token(one, WALLET, junk(), nonce="0x" + "5a" * 32), "cairn-eip712.e30.AAAA",
                 signed("fula-eip712", "FulaAuth", {"wallet": WALLET, "iat": now, "exp": now + 60}, junk()),
                 signed("fula-eip712", "FulaAuth", {"wallet": WALLET, "iat": now, "exp": now + 60}, by(Account.create()))]:
        assert status_of(one, text)[0] == 403
    for options in [{"bucket": "not-there"}, {"bucket": "not-there", "operations": "write"}, {"bucket": "not-there", "exp": now - 1}]:
        assert ask(one, "/not-there/k", {"x-cairn-grant": grant(one, WALLET, junk(), **options)})[0] in (403, 404)
    assert node.calls == []


@pytest.mark.parametrize("said", ["0x", "0x1626ba7e", "0x" + "0" * 64, "0x1626ba7f" + "0" * 56, "0x1626ba7e" + "0" * 55 + "1",
                                  "0x1626ba7e" + "0" * 120, "0x" + "0" * 56 + "1626ba7e"])
def test_only_the_magic_value_is_a_yes(one, node, said):
    node.answers["eth_call"] = said
    assert status_of(one, token(one, WALLET, junk())) == (403, "InvalidToken")


def test_no_contract_is_a_plain_refusal(one, node):
    node.answers["eth_getCode"] = "0x"
    assert status_of(one, token(one, WALLET, junk())) == (403, "InvalidToken")
    assert [method for method, _ in node.calls] == ["eth_getCode"]


def wrong(code, message):
    return lambda: (200, json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}).encode())


def test_a_revert_is_a_no(one, node):
    for answer in (wrong(3, "whatever"), wrong(-32000, "VM Exception: execution REVERTED")):
        node.answers["eth_call"] = answer
        assert status_of(one, token(one, WALLET, junk())) == (403, "InvalidToken")


@pytest.mark.parametrize("answer", [wrong(-32005, "limit exceeded"), lambda: (500, b"{}"), lambda: (429, b""), lambda: (200, b"no JSON"),
                                    lambda: (200, b"[]"), lambda: (200, b'{"result":1}'), lambda: (200, b'{"result":"0x' + b"0" * (1 << 20) + b'"}')])
def test_no_answer_is_no_refusal(one, node, answer, asking):
    text = token(one, WALLET, junk())
    for method in ("eth_getCode", "eth_call"):
        before, node.answers[method] = node.answers[method], answer
        assert status_of(one, text) == (503, "ServiceUnavailable")
        node.answers[method] = before
    assert status_of(one, text)[0] == 200, "and it is not remembered"
    assert "key-of-a-provider" not in one.log.read_text()


def test_who_did_not_sign_binds_no_nonce(one, node):
    asked = challenge(one)
    node.answers["eth_call"] = "0x"
    assert status_of(one, token(one, WALLET, junk(), nonce=asked["nonce"]))[0] == 403
    account = Account.create()
    assert status_of(one, token(one, account.address.lower(), by(account), nonce=asked["nonce"]))[0] == 200


def test_time_and_number_of_questions_are_bounded(one, node):
    tokens = [token(one, WALLET, junk()) for _ in range(24)]
    node.gate.clear()
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda text: status_of(one, text), tokens))
    assert set(answers) == {(503, "ServiceUnavailable")} and time.monotonic() - began < 15
    assert len(node.calls) <= 8, "the others were told at once"
    node.gate.set()
    assert status_of(one, tokens[0])[0] == 200


def test_without_a_node_there_are_no_contract_wallets():
    for fleet in running_fleet(masters=1, settings={"auth": {"eip712": True}}):
        status, body = bearer(fleet.masters[0], token(fleet.masters[0], WALLET, junk()), "GET", "/")
        assert status == 403 and b"signature is refused" in body
