"""Whatever is done to keys.json, it is either without effect or refused; nobody ever gains a role or a key."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.errors import ZhengxianError
from db.keys import keyring, sealing, slots
from db.keys.keyfile import KeyFile
from db.keys.users import Unlocked

PASSWORDS = {name: f"password-of-{name}" for name in ("admin", "second", "clerk", "officer", "viewer")}


@pytest.fixture(scope="module")
def office() -> Iterator[tuple[Path, dict[str, Unlocked], str]]:
    """Five users, and a change of keys under way, so that there are slots of two generations."""
    patch = pytest.MonkeyPatch()
    # Argon2 would make each example cost 0.4 s; what is tested is everything around it.
    patch.setattr(
        "db.keys.sealing.stretch",
        lambda password, salt, ops, memory: hashlib.sha256(
            f"{password}{salt}{ops}{memory}".encode()
        ).digest(),
    )
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        keys, _, paper = KeyFile.create(folder, "office-one", "admin", PASSWORDS["admin"])
        admin = keys.unlock("admin", PASSWORDS["admin"])
        keys.add_user(admin, "leaver", "离任者", "personnel", "password-of-leaver")
        for name, role in (
            ("second", "administrator"),
            ("clerk", "clerk"),
            ("officer", "personnel"),
            ("viewer", "viewer"),
        ):
            keys.add_user(admin, name, name, role, PASSWORDS[name])  # type: ignore[arg-type]
        keys.remove_user(admin, "leaver")
        yield folder, {name: keys.unlock(name, PASSWORDS[name]) for name in PASSWORDS}, paper
    patch.undo()


def _gains_nothing(folder: Path, honest: dict[str, Unlocked], paper: str) -> int:
    """How many of the users can still log in; each of them as exactly who they were."""
    able = 0
    for name, password in PASSWORDS.items():
        try:
            who = KeyFile.load(folder).unlock(name, password)
        except ZhengxianError as refused:
            assert refused.message and refused.exit_code in (1, 4)
            continue
        able += 1
        was = honest[name]
        assert (who.user, who.role, who.unit, who.display) == (was.user, was.role, was.unit, was.display)
        assert who.candidates == was.candidates and who.signer == was.signer
    path = folder / "keys.json"
    before = path.read_bytes()
    try:
        who = KeyFile.load(folder).recover(paper, None, "set-anew-1")
    except ZhengxianError as refused:
        assert refused.exit_code in (1, 2, 4)
    else:
        assert (who.user, who.candidates) == ("admin", honest["admin"].candidates)
    finally:
        path.write_bytes(before)
    return able


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in the JSON."""
    found = [path] if path else []
    if isinstance(node, dict):
        for key, value in node.items():
            found += _places(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            found += _places(value, (*path, index))
    return found


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        node = node[step]
    return node


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.text(max_size=20),
    st.sampled_from(["administrator", "clerk", "personnel", "office", "admin", "second", ""]),
    st.binary(max_size=80).map(lambda b: base64.b64encode(b).decode()),
    st.just([]),
    st.just({}),
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_edit_is_without_effect_or_refused(
    office: tuple[Path, dict[str, Unlocked], str], data: st.DataObject
) -> None:
    folder, honest, paper = office
    path = folder / "keys.json"
    original = path.read_bytes()
    content = json.loads(original)
    try:
        for _ in range(data.draw(st.integers(1, 3))):
            places = _places(content)
            place = data.draw(st.sampled_from(places))
            parent, last = _at(content, place[:-1]), place[-1]
            act = data.draw(st.sampled_from(["junk", "swap", "flip", "delete", "double", "add"]))
            if act == "junk":
                parent[last] = data.draw(JUNK)
            elif act == "swap":
                # With the value of another place of the same name: another user's role, key, lock, slot.
                same = [
                    p for p in places if type(p[-1]) is type(last) and len(p) == len(place) and p != place
                ]
                if same:
                    other = data.draw(st.sampled_from(same))
                    there = _at(content, other[:-1])
                    parent[last], there[other[-1]] = (
                        copy.deepcopy(there[other[-1]]),
                        copy.deepcopy(parent[last]),
                    )
            elif act == "flip" and isinstance(parent[last], str) and parent[last]:
                text = parent[last]
                index = data.draw(st.integers(0, len(text) - 1))
                parent[last] = text[:index] + data.draw(st.sampled_from("ABab01+/=é")) + text[index + 1 :]
            elif act == "delete":
                del parent[last]
            elif act == "double" and isinstance(parent, list):
                parent.append(copy.deepcopy(parent[last]))
            elif act == "add" and isinstance(parent, dict):
                parent[data.draw(st.text(max_size=6))] = data.draw(JUNK)
            if not _places(content):
                break
        path.write_text(json.dumps(content), "utf-8")
        _gains_nothing(folder, honest, paper)
    finally:
        path.write_bytes(original)


@settings(max_examples=300)
@given(position=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), keep=st.floats(0, 1))
def test_every_damaged_byte_is_without_effect_or_refused(
    office: tuple[Path, dict[str, Unlocked], str], position: float, byte: int, keep: float
) -> None:
    folder, honest, paper = office
    path = folder / "keys.json"
    original = path.read_bytes()
    try:
        spoiled = bytearray(original)
        spoiled[int(position * len(spoiled))] = byte
        path.write_bytes(spoiled if keep < 0.8 else spoiled[: int(position * len(spoiled))])
        _gains_nothing(folder, honest, paper)
    finally:
        path.write_bytes(original)


@settings(max_examples=200)
@given(data=st.data())
def test_a_clerk_who_authenticates_the_edit_gains_nothing_either(
    office: tuple[Path, dict[str, Unlocked], str], data: st.DataObject
) -> None:
    """The authentication code is made good again with the office key, which a clerk holds; the signature is not."""
    folder, honest, paper = office
    path = folder / "keys.json"
    original = path.read_bytes()
    content = json.loads(original)
    try:
        users = content["roster"]["users"]
        first, second = data.draw(st.permutations(range(len(users))))[:2]
        field = data.draw(
            st.sampled_from(["role", "name", "public_key", "slots", "signer", "unit", "display", "all"])
        )
        if field == "all":
            users[first] = {**copy.deepcopy(users[second]), "name": users[first]["name"]}
        elif field == "role":
            users[first]["role"] = data.draw(st.sampled_from(["administrator", "personnel", "reviewer"]))
        else:
            users[first][field] = copy.deepcopy(users[second][field])
        if data.draw(st.booleans()):
            names = sorted(content["locks"])
            one, two = data.draw(st.permutations(names))[:2]
            content["locks"][one] = content["locks"][two]
        try:
            ring = keyring.decode(json.dumps(content).encode())
        except ZhengxianError:
            return
        key = honest["clerk"].candidates["office"][0]
        ring = msgspec.structs.replace(ring, authentication=slots.authentication(ring, key))
        path.write_bytes(keyring.encode(ring))
        _gains_nothing(folder, honest, paper)
    finally:
        path.write_bytes(original)


def test_the_unedited_file_lets_everybody_in(office: tuple[Path, dict[str, Unlocked], str]) -> None:
    folder, honest, paper = office
    assert _gains_nothing(folder, honest, paper) == len(PASSWORDS)


@given(
    secret=st.binary(min_size=20, max_size=20),
    place=st.integers(0, 39),
    symbol=st.sampled_from(list("0A7KZ")),
)
def test_every_single_slip_in_the_paper_key_is_named(secret: bytes, place: int, symbol: str) -> None:
    from db.errors import BadInput
    from db.keys import recovery_key

    written = recovery_key.write(secret)
    assert recovery_key.read(written) == secret
    plain = list(written.replace("-", ""))
    if plain[place] != symbol:
        plain[place] = symbol
        with pytest.raises(BadInput, match=f"第 {place // 5 + 1} 组"):
            recovery_key.read("".join(plain))


@given(secret=st.binary(min_size=20, max_size=20), place=st.integers(0, 38))
def test_two_characters_or_groups_exchanged_are_noticed(secret: bytes, place: int) -> None:
    from db.errors import BadInput
    from db.keys import recovery_key

    plain = list(recovery_key.write(secret).replace("-", ""))
    plain[place], plain[place + 1] = plain[place + 1], plain[place]
    if plain[place] != plain[place + 1]:
        with pytest.raises(BadInput):
            recovery_key.read("".join(plain))
    groups = recovery_key.write(secret).split("-")
    groups[place % 7], groups[place % 7 + 1] = groups[place % 7 + 1], groups[place % 7]
    if len(set(groups)) == 8:
        with pytest.raises(BadInput):
            recovery_key.read("-".join(groups))


@given(key=st.binary(min_size=32, max_size=32), text=st.binary(max_size=100), about=st.binary(max_size=20))
def test_what_is_encrypted_comes_back_only_for_the_same_context(
    key: bytes, text: bytes, about: bytes
) -> None:
    box = sealing.encrypt(text, key, about)
    assert sealing.decrypt(box, key, about) == text
    assert sealing.decrypt(box, key, about + b"x") is None
    assert sealing.decrypt(box[:-1], key, about) is None
