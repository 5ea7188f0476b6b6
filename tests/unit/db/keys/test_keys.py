"""Users, their keys, and the refusals: nobody opens what is not theirs, and an edited keys.json is never believed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from db.errors import BadInput, Damaged, NotPermitted, WorkFailed, WrongPassword
from db.keys import keyring, sealing
from db.keys.keyfile import KeyFile
from db.keys.users import Unlocked
from db.model.ids import new_uid

PASSWORD = "云川-2022-台账"
OTHER = "another-password"


@pytest.fixture
def made(tmp_path: Path) -> tuple[KeyFile, Unlocked, str]:
    keys, _, paper = KeyFile.create(tmp_path, new_uid(), "admin", PASSWORD, "管理员甲")
    return keys, keys.unlock("admin", PASSWORD), paper


def test_the_administrator_opens_both_books(tmp_path: Path) -> None:
    keys, book_keys, _ = KeyFile.create(tmp_path, "office-one", "admin", PASSWORD)
    who = KeyFile.load(tmp_path).unlock("admin", PASSWORD)
    assert who.book_keys == book_keys and set(book_keys) == {"office", "personnel"}
    assert who.role == "administrator" and who.may_administer
    assert all(len(key) == 32 for key in book_keys.values())
    assert keys.office_id == "office-one"


@pytest.mark.parametrize(
    ("role", "books"),
    [
        ("administrator", {"office", "personnel"}),
        ("personnel", {"office", "personnel"}),
        ("reviewer", {"office"}),
        ("clerk", {"office"}),
        ("viewer", {"office"}),
    ],
)
def test_each_role_is_given_its_keys_and_no_others(
    made: tuple[KeyFile, Unlocked, str], role: keyring.Role, books: set[str]
) -> None:
    keys, admin, _ = made
    keys.add_user(admin, "lisi", "李四", role, OTHER, unit="unit-1")
    who = KeyFile.load(keys.folder).unlock("LiSi", OTHER)
    assert set(who.book_keys) == books and who.role == role and who.unit == "unit-1"
    assert who.may_administer == (role == "administrator")


def test_a_wrong_password_and_an_unknown_name_say_the_same(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, _, _ = made
    with pytest.raises(WrongPassword) as wrong:
        keys.unlock("admin", "not-the-password")
    with pytest.raises(WrongPassword) as unknown:
        keys.unlock("nobody", PASSWORD)
    assert wrong.value.message == unknown.value.message
    assert wrong.value.exit_code == 4


def test_full_width_digits_typed_by_an_input_method_are_the_same_password(tmp_path: Path) -> None:
    keys, _, _ = KeyFile.create(tmp_path, "o", "admin", "pass-20220905")
    assert keys.unlock("admin", "ｐass－２０２２０９０５").user == "admin"


@pytest.mark.parametrize(
    "password",
    ["", "1234567", "aaaaaaaaaa", "abababababab", "x" * 300, "12345678", "87654321", "abcdefgh", "qwertyuiop", "1qaz2wsx", "password",
     "Password1!", "admin123", "adminadmin", "１２３４５６７８", "abcd1234", "zhaowu2022"],
)  # fmt: skip
def test_a_poor_password_is_refused_in_chinese(made: tuple[KeyFile, Unlocked, str], password: str) -> None:
    keys, admin, _ = made
    with pytest.raises(BadInput, match="密码"):
        keys.add_user(admin, "zhaowu", "赵五", "clerk", password)
    assert len(keys.users()) == 1


@pytest.mark.parametrize("password", ["qxxs-2022", "password-of-zhaowu", "tangyin2022", "k3!vv0-q"])
def test_a_fair_password_is_taken(made: tuple[KeyFile, Unlocked, str], password: str) -> None:
    keys, admin, _ = made
    assert keys.add_user(admin, "zhaowu", "赵五", "clerk", password).name == "zhaowu"


def test_a_name_in_use_or_empty_is_refused(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    for name in ("ADMIN", " admin ", "", "  ", "a\x00b", "长" * 40):
        with pytest.raises(BadInput):
            keys.add_user(admin, name, "李四", "clerk", OTHER)


def test_changing_ones_password_changes_nothing_else(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    keys.add_user(admin, "lisi", "李四", "clerk", OTHER)
    who = keys.unlock("lisi", OTHER)
    with pytest.raises(WrongPassword):
        keys.change_password(who, "wrong-password", "brand-new-lock-7")
    keys.change_password(who, OTHER, "brand-new-lock-7")
    again = KeyFile.load(keys.folder)
    assert again.unlock("lisi", "brand-new-lock-7").book_keys == who.book_keys
    assert again.unlock("admin", PASSWORD).book_keys == admin.book_keys
    with pytest.raises(WrongPassword):
        again.unlock("lisi", OTHER)


def test_an_administrator_resets_a_forgotten_password(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    keys.add_user(admin, "wangwu", "王五", "personnel", OTHER)
    old = KeyFile.load(keys.folder).unlock("wangwu", OTHER)
    assert keys.reset_password(admin, "wangwu", "given-again").books == ("office", "personnel")
    who = KeyFile.load(keys.folder).unlock("wangwu", "given-again")
    for book, (newest, before) in who.candidates.items():
        assert newest == admin.candidates[book][0] and before == old.book_keys[book]
    with pytest.raises(WrongPassword):
        keys.unlock("wangwu", OTHER)


def test_only_an_administrator_changes_users(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    keys.add_user(admin, "lisi", "李四", "clerk", OTHER)
    clerk = keys.unlock("lisi", OTHER)
    before = keyring.encode(keyring.read(keys.folder / "keys.json"))
    for act in (
        lambda: keys.add_user(clerk, "zhaoliu", "赵六", "administrator", OTHER),
        lambda: keys.set_role(clerk, "lisi", "administrator"),
        lambda: keys.reset_password(clerk, "admin", OTHER),
        lambda: keys.remove_user(clerk, "admin"),
        lambda: keys.renew_recovery(clerk),
        lambda: keys.edit_user(clerk, "lisi", "李", None),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert keyring.encode(keyring.read(keys.folder / "keys.json")) == before


def test_a_role_raised_in_memory_signs_nothing(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    keys.add_user(admin, "lisi", "李四", "clerk", OTHER)
    clerk = keys.unlock("lisi", OTHER)
    clerk.role = "administrator"
    with pytest.raises(NotPermitted):
        keys.set_role(clerk, "lisi", "administrator")


def test_removing_makes_new_keys_beside_the_old(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    keys.add_user(admin, "lisi", "李四", "clerk", OTHER)
    keys.add_user(admin, "wangwu", "王五", "reviewer", OTHER)
    old = admin.book_keys["office"]
    plan = keys.remove_user(admin, "lisi")
    assert plan.books == ("office",) and keys.pending_books == ("office",)
    again = KeyFile.load(keys.folder)
    with pytest.raises(WrongPassword):
        again.unlock("lisi", OTHER)
    for name, password in (("admin", PASSWORD), ("wangwu", OTHER)):
        who = again.unlock(name, password)
        assert len(who.candidates["office"]) == 2 and who.candidates["office"][1] == old
        assert len(who.candidates.get("personnel", (b"",))) == 1


def test_taking_the_personnel_key_away_changes_that_books_key(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    keys.add_user(admin, "wangwu", "王五", "personnel", OTHER)
    assert keys.set_role(admin, "wangwu", "clerk").books == ("office", "personnel")
    assert set(keys.unlock("wangwu", OTHER).candidates) == {"office"}
    assert keys.set_role(admin, "wangwu", "personnel").books == ("office",)
    assert len(keys.unlock("wangwu", OTHER).candidates["personnel"]) == 2
    assert keys.set_role(admin, "wangwu", "clerk").books == ("office", "personnel")
    assert not keys.set_role(admin, "wangwu", "reviewer"), "who may only do more is given it without new keys"
    assert keys.set_role(admin, "wangwu", "clerk").books == ("office",)


def without_personnel(keys: KeyFile, admin: Unlocked, name: str) -> None:
    """An administrator who cannot open the personnel book, as no program makes one."""
    seed, entry = keys._administer(admin), keys._entry(name)  # noqa: SLF001
    keys._regrant(admin, entry, ("office",), ("personnel",), seed)  # noqa: SLF001


def test_who_lacks_the_personnel_key_cannot_give_it(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    keys.add_user(admin, "second", "副管理员", "administrator", OTHER)
    without_personnel(keys, admin, "second")
    second = keys.unlock("second", OTHER)
    with pytest.raises(NotPermitted):
        keys.add_user(second, "wangwu", "王五", "personnel", OTHER)
    with pytest.raises(NotPermitted):
        keys.set_role(second, "admin", "personnel")
    with pytest.raises(NotPermitted):
        keys.reset_password(second, "admin", OTHER)
    keys.add_user(second, "lisi", "李四", "clerk", OTHER)


def test_the_last_administrator_stays(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    for act in (lambda: keys.remove_user(admin, "admin"), lambda: keys.set_role(admin, "admin", "clerk")):
        with pytest.raises(BadInput):
            act()


def test_the_paper_key_gives_back_the_office(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, paper = made
    again = KeyFile.load(keys.folder)
    who = again.recover(paper.lower().replace("-", " "), None, "set-anew-1")
    assert who.book_keys == admin.book_keys and who.may_administer and who.user == "admin"
    assert KeyFile.load(keys.folder).unlock("admin", "set-anew-1").book_keys == admin.book_keys
    fresh = again.renew_recovery(who)
    with pytest.raises(WrongPassword):
        KeyFile.load(keys.folder).recover(paper, None, "set-anew-2")
    newcomer = KeyFile.load(keys.folder).recover(fresh, "new-admin", "set-anew-2")
    assert newcomer.user == "new-admin" and newcomer.may_administer
    again = KeyFile.load(keys.folder)
    again.add_user(again.unlock("new-admin", "set-anew-2"), "lisi", "李四", "clerk", OTHER)
    with pytest.raises(BadInput):
        again.recover(fresh, "lisi", "set-anew-3")


def test_the_paper_key_survives_a_change_of_keys(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, paper = made
    keys.add_user(admin, "lisi", "李四", "clerk", OTHER)
    keys.remove_user(admin, "lisi")
    keys.finish_rekey(admin, "office")
    who = KeyFile.load(keys.folder).recover(paper, None, "set-anew-1")
    assert who.book_keys == admin.book_keys


def test_a_mistyped_paper_key_is_told_from_a_wrong_one(
    made: tuple[KeyFile, Unlocked, str], tmp_path: Path
) -> None:
    keys, _, paper = made
    slip = paper[:14] + ("A" if paper[14] != "A" else "B") + paper[15:]
    with pytest.raises(BadInput, match="第 3 组"):
        keys.recover(slip, None, "set-anew-1")
    (tmp_path / "other").mkdir()
    _, _, foreign = KeyFile.create(tmp_path / "other", "elsewhere", "admin", PASSWORD)
    with pytest.raises(WrongPassword):
        keys.recover(foreign, None, "set-anew-1")


def test_secrets_do_not_show_themselves(made: tuple[KeyFile, Unlocked, str]) -> None:
    _, admin, _ = made
    shown = f"{admin!r} {admin.book_keys} {admin.book_keys['office']} {admin.signer}"
    for secret in (*admin.book_keys.values(), admin.signer, bytes(admin.private or b"")):
        assert secret is not None
        assert secret.hex() not in shown and repr(bytes(secret)) not in shown
    with pytest.raises(TypeError):
        import pickle

        pickle.dumps(admin.book_keys["office"])
    text = (made[0].folder / "keys.json").read_text("utf-8")
    assert admin.book_keys["office"].hex() not in text
    admin.forget()
    assert not admin.book_keys and admin.signer is None and admin.private is None


# -- edited files ---------------------------------------------------------------------------------------------------


def _edit(folder: Path, change: object) -> KeyFile:
    path = folder / "keys.json"
    content = json.loads(path.read_text("utf-8"))
    change(content)  # type: ignore[operator]
    path.write_text(json.dumps(content), "utf-8")
    return KeyFile.load(folder)


def test_a_role_raised_by_editing_is_refused(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    keys.add_user(admin, "lisi", "李四", "clerk", OTHER)

    def raise_role(content: dict) -> None:
        content["roster"]["users"][1]["role"] = "administrator"

    edited = _edit(keys.folder, raise_role)
    for name, password in (("lisi", OTHER), ("admin", PASSWORD)):
        with pytest.raises(NotPermitted, match="改动") as refused:
            edited.unlock(name, password)
        assert refused.value.exit_code == 4


def test_weakened_strength_is_refused_before_any_guess(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, _, _ = made
    for field, value in (("ops", 1), ("memory", 8192), ("memory", 2**50), ("memory", 2**30), ("ops", 17), ("ops", 10**9), ("ops", -1)):
        original = (keys.folder / "keys.json").read_bytes()

        def weaken(content: dict, field: str = field, value: int = value) -> None:
            content["locks"]["admin"][field] = value

        with pytest.raises(NotPermitted, match="强度"):
            _edit(keys.folder, weaken).unlock("admin", PASSWORD)
        (keys.folder / "keys.json").write_bytes(original)


def test_a_clerk_who_knows_the_office_key_cannot_forge_the_roster(
    made: tuple[KeyFile, Unlocked, str],
) -> None:
    """The clerk holds the key that authenticates the file, but not the one that signs who is who."""
    from db.keys import slots

    keys, admin, _ = made
    keys.add_user(admin, "lisi", "李四", "clerk", OTHER)
    keys.add_user(admin, "wangwu", "王五", "personnel", OTHER)
    clerk = keys.unlock("lisi", OTHER)
    ring = keyring.read(keys.folder / "keys.json")
    import msgspec

    users = list(ring.roster.users)
    raised = msgspec.structs.replace(users[1], role="administrator")
    swapped = msgspec.structs.replace(users[2], public_key=users[1].public_key)
    for forged in ([users[0], raised, users[2]], [users[0], users[1], swapped]):
        roster = msgspec.structs.replace(ring.roster, users=tuple(forged))
        changed = msgspec.structs.replace(ring, roster=roster)
        fake = slots.written(ring, changed, clerk.book_keys["office"], None, None)
        (keys.folder / "keys.json").write_bytes(keyring.encode(fake))
        for name, password in (("lisi", OTHER), ("admin", PASSWORD), ("wangwu", OTHER)):
            with pytest.raises(NotPermitted):
                KeyFile.load(keys.folder).unlock(name, password)
    # Nor with a signing key of their own in the roster: the others trust the one in their own locks.
    seed = sealing.new_key()
    from nacl.signing import SigningKey

    roster = msgspec.structs.replace(
        ring.roster, users=(users[0], raised, users[2]), verify_key=bytes(SigningKey(bytes(seed)).verify_key)
    )
    fake = slots.written(
        ring, msgspec.structs.replace(ring, roster=roster), clerk.book_keys["office"], seed, None
    )
    (keys.folder / "keys.json").write_bytes(keyring.encode(fake))
    for name, password in (("lisi", OTHER), ("admin", PASSWORD), ("wangwu", OTHER)):
        with pytest.raises(NotPermitted):
            KeyFile.load(keys.folder).unlock(name, password)


def test_an_entry_from_another_office_is_refused(made: tuple[KeyFile, Unlocked, str], tmp_path: Path) -> None:
    keys, _, _ = made
    other = tmp_path / "other"
    other.mkdir()
    foreign, _, _ = KeyFile.create(other, "elsewhere", "admin", OTHER)
    theirs = json.loads((other / "keys.json").read_text("utf-8"))

    def transplant(content: dict) -> None:
        content["locks"], content["roster"] = theirs["locks"], theirs["roster"]

    with pytest.raises(NotPermitted):
        _edit(keys.folder, transplant).unlock("admin", OTHER)
    with pytest.raises(NotPermitted, match="不是同一个单位"):
        keys.match_office(foreign.office_id)
    keys.match_office(keys.office_id)


def test_an_old_copy_is_refused(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    before = (keys.folder / "keys.json").read_bytes()
    (keys.folder / "keys.json.bak").write_bytes(before)
    keys.add_user(admin, "lisi", "李四", "clerk", OTHER)
    assert not (keys.folder / "keys.json.bak").exists()
    known = keys.serial
    old = KeyFile.from_bytes(keys.folder, before)
    with pytest.raises(NotPermitted, match="旧的副本"):
        old.refuse_older(known)
    keys.refuse_older(known)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"format": 1}',
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"format": 99}',
        b'{"format":true}',
    ],
)
def test_what_is_no_key_file_is_damage_said_in_chinese(
    made: tuple[KeyFile, Unlocked, str], content: bytes
) -> None:
    keys, _, _ = made
    (keys.folder / "keys.json").write_bytes(content)
    with pytest.raises(Damaged, match=r"keys.json"):
        KeyFile.load(keys.folder)


def test_a_missing_or_huge_file_is_damage(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, _, _ = made
    path = keys.folder / "keys.json"
    with path.open("r+b") as file:
        file.truncate(1 << 30)
    with pytest.raises(Damaged, match="大得不正常"):
        KeyFile.load(keys.folder)
    path.unlink()
    with pytest.raises(Damaged, match="找不到"):
        KeyFile.load(keys.folder)


def test_white_space_and_order_mean_nothing(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    path = keys.folder / "keys.json"
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(dict(reversed(content.items())), indent=7), "utf-8")
    assert KeyFile.load(keys.folder).unlock("admin", PASSWORD).book_keys == admin.book_keys


def test_when_the_disk_refuses_nothing_has_changed(
    made: tuple[KeyFile, Unlocked, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, admin, _ = made
    before = (keys.folder / "keys.json").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkFailed, match="磁盘已满"):
        keys.add_user(admin, "lisi", "李四", "clerk", OTHER)
    with pytest.raises(WorkFailed, match="磁盘已满"):
        keys.change_password(admin, PASSWORD, "brand-new-lock-7")
    monkeypatch.undo()
    assert (keys.folder / "keys.json").read_bytes() == before
    assert [u.name for u in keys.users()] == ["admin"]
    assert not list(keys.folder.glob("*.part"))
    keys.add_user(admin, "lisi", "李四", "clerk", OTHER)


def test_an_office_is_not_made_over_another(made: tuple[KeyFile, Unlocked, str]) -> None:
    with pytest.raises(BadInput):
        KeyFile.create(made[0].folder, "x", "admin", PASSWORD)


def test_a_name_in_wide_letters_is_the_same_name(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    with pytest.raises(BadInput, match="已有人使用"):
        keys.add_user(admin, "ＡＤｍｉｎ", "赵五", "clerk", "tangyin-2022")


def test_a_wrong_present_password_is_called_that(made: tuple[KeyFile, Unlocked, str]) -> None:
    keys, admin, _ = made
    with pytest.raises(WrongPassword, match="现在的密码不对"):
        keys.change_password(admin, "not-it-at-all", "tangyin-2022")
