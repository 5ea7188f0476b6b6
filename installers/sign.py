"""Keys and signatures of whoever supplies the program, in the form of minisign.

    python installers/sign.py keys FOLDER           makes FOLDER/zhengxian.key and zhengxian.pub
    python installers/sign.py sign KEY PACKAGE…     writes PACKAGE.minisig beside each

The public key goes into the program as resources/supplier.pub before it is packed. The private key
is kept under a password, asked for or in ZHENGXIAN_SIGNING_PASSWORD, and never belongs into a
repository or onto an office's machine. minisign itself reads and writes the same files.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import os
import re
import struct
import sys
import time
from pathlib import Path

from nacl.pwhash import scrypt
from nacl.signing import SigningKey

ALGORITHMS = b"EdScB2"
VERSION = re.compile(r"zhengxian[_-](\d+(?:\.\d+)*)[_-]")


def _password(twice: bool) -> bytes:
    given = os.environ.get("ZHENGXIAN_SIGNING_PASSWORD")
    if given is None:
        given = getpass.getpass("密码：")
        if twice and getpass.getpass("再输一遍：") != given:
            sys.exit("两遍密码不一样，没有做。")
    if len(given) < 8:
        sys.exit("密码至少 8 位。")
    return given.encode("utf-8")


def _masked(secret: bytes, password: bytes, salt: bytes, effort: tuple[int, int]) -> bytes:
    """The secret under the password, or back."""
    mask = scrypt.kdf(len(secret), password, salt, opslimit=effort[0], memlimit=effort[1])
    return bytes(one ^ other for one, other in zip(secret, mask, strict=True))


def _check(number: bytes, secret: bytes) -> bytes:
    return hashlib.blake2b(ALGORITHMS[:2] + number + secret, digest_size=32).digest()


def make_keys(folder: Path) -> None:
    """A new pair; an old one is never overwritten."""
    private, public = folder / "zhengxian.key", folder / "zhengxian.pub"
    if private.exists() or public.exists():
        sys.exit(f"{folder} 里已经有密钥，没有覆盖。")
    folder.mkdir(parents=True, exist_ok=True)
    key, number, salt = SigningKey.generate(), os.urandom(8), os.urandom(32)
    secret = key.encode() + key.verify_key.encode()
    effort = (scrypt.OPSLIMIT_SENSITIVE, scrypt.MEMLIMIT_SENSITIVE)
    held = _masked(number + secret + _check(number, secret), _password(True), salt, effort)
    body = base64.b64encode(ALGORITHMS + salt + struct.pack("<QQ", *effort) + held).decode()
    descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"untrusted comment: minisign encrypted secret key\n{body}\n")
    name = number[::-1].hex().upper()
    body = base64.b64encode(b"Ed" + number + key.verify_key.encode()).decode()
    public.write_text(f"untrusted comment: minisign public key {name}\n{body}\n", "ascii")
    print(f"私钥 {private}（自己留好），公钥 {public}（打包前拷为 resources/supplier.pub）")


def read_key(file: Path) -> tuple[bytes, SigningKey]:
    """The number and the private key; exits with a sentence for a wrong password."""
    held = base64.b64decode(file.read_bytes().split(b"\n")[1])
    if len(held) != 158 or held[:6] != ALGORITHMS:
        sys.exit(f"{file} 不是签名用的私钥。")
    effort = struct.unpack("<QQ", held[38:54])
    plain = _masked(held[54:], _password(False), held[6:38], effort)
    number, secret, check = plain[:8], plain[8:72], plain[72:]
    if check != _check(number, secret):
        sys.exit("密码不对，没有签。")
    return number, SigningKey(secret[:32])


def sign(number: bytes, key: SigningKey, package: Path) -> Path:
    """The signature beside the package; its version is read from the name."""
    found = VERSION.match(package.name)
    if found is None:
        sys.exit(f"{package.name} 的文件名里没有版本。")
    with package.open("rb") as file:
        digest = hashlib.file_digest(file, hashlib.blake2b).digest()
    signature = key.sign(digest).signature
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    comment = f"timestamp:{moment}\tfile:{package.name}\tversion:{found[1]}"
    over_both = key.sign(signature + comment.encode("utf-8")).signature
    first, second = (
        base64.b64encode(part).decode() for part in (b"ED" + number + signature, over_both)
    )
    target = package.with_name(package.name + ".minisig")
    target.write_text(
        f"untrusted comment: signature of the supplier of zhengxian\n{first}\n"
        f"trusted comment: {comment}\n{second}\n",
        "utf-8",
    )
    return target


def main(arguments: list[str]) -> None:
    """See the module."""
    if arguments[:1] == ["keys"] and len(arguments) == 2:
        make_keys(Path(arguments[1]))
    elif arguments[:1] == ["sign"] and len(arguments) > 2:
        number, key = read_key(Path(arguments[1]))
        for name in arguments[2:]:
            print(sign(number, key, Path(name)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
