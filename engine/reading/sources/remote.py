"""Addresses of object stores (s3://, gs://, abfs://) and file://: what they name is fetched into a local folder."""

from __future__ import annotations

import os
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from engine.language.errors import Refusal
from engine.reading.sources.inspect import check_unpacked
from engine.reading.sources.unpacking import copy_bounded

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem

SCHEMES: Final = ("s3", "gs", "gcs", "abfs", "abfss", "file")
_CONNECT_SECONDS: Final = 10
_REQUEST_SECONDS: Final = 60
_ATTEMPTS: Final = 2
"""Times that a request is tried: a command line waits half a minute for an answer, not the library's several minutes."""
_DENIED: Final = (
    "ACCESS_DENIED",
    "AccessDenied",
    "403",
    "401",
    "credential",
    "Credential",
    "Unauthenticated",
    "PERMISSION",
    "Authentication",
    "get token",
)
_ABSENT: Final = (
    "NO_SUCH",
    "NoSuch",
    "RESOURCE_NOT_FOUND",
    "404",
    "not found",
    "Not found",
    "does not exist",
    "NotFound",
)


def is_address(text: str) -> bool:
    """Return whether the text is an address with a scheme, such as s3://bucket/orders.csv; a drive's letter is none."""
    scheme, colon, _ = text.partition("://")
    return bool(colon) and len(scheme) > 1 and scheme.isalnum()


def is_pattern(text: str) -> bool:
    """Return whether the text has a sign of a glob pattern."""
    return any(sign in text for sign in "*?[")


def filesystem_of(address: str) -> tuple[FileSystem, str]:
    """Return the file system of an address and the path in it; nothing is asked of the network yet.

    Raises
    ------
    ImportError
        Where this build of pyarrow cannot speak to the store.
    """
    from pyarrow import fs

    parts = urlsplit(address)
    if parts.scheme == "s3":
        store: FileSystem = fs.S3FileSystem(
            region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
            endpoint_override=os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"),
            connect_timeout=_CONNECT_SECONDS,
            request_timeout=_REQUEST_SECONDS,
            retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
        )
        return store, f"{parts.netloc}{parts.path}"
    if parts.scheme in ("gs", "gcs"):
        limit = timedelta(seconds=_CONNECT_SECONDS)  # of all attempts together
        return fs.GcsFileSystem(retry_time_limit=limit), f"{parts.netloc}{parts.path}"
    found: tuple[FileSystem, str] = fs.FileSystem.from_uri(address)
    return found


def fetch_files(address: str, scratch: Path) -> tuple[Path, bool]:
    """Fetch what an address names: one file, the files of a folder with all below it, or those that fit a pattern.

    Parameters
    ----------
    address
        `s3://bucket/folder/orders.csv`; a folder's name; or a pattern such as `gs://bucket/sales/*.csv`. Who may read it is told by
        the store's usual settings on this computer, never by the address.
    scratch
        An empty folder.

    Returns
    -------
    place, is_folder
        The file, or a folder that is laid out as the one there.

    Raises
    ------
    Refusal
        `argument` for another scheme or an address that carries a password, `unreadable` when nothing is there, it may not be read,
        is too large, or the store does not answer.
    """
    import pyarrow as pa

    _check_address(address)
    try:
        store, path = filesystem_of(address)
        found, base, is_folder = _list_stored_files(store, path.rstrip("/"))
        if not found:
            raise _make_nothing_stored_refusal(address)
        check_unpacked(address, sum(each.size or 0 for each in found))
        for each in found:
            target = scratch / (PurePosixPath(each.path).relative_to(base) if is_folder else each.base_name)
            target.parent.mkdir(parents=True, exist_ok=True)
            with store.open_input_stream(each.path) as stream:
                copy_bounded(stream, target, address)
    except (pa.ArrowException, OSError, ValueError, NotImplementedError, ImportError) as error:
        raise _make_store_refusal(address, error) from None  # its text may hold a signed address
    return (scratch, True) if is_folder else (scratch / found[0].base_name, False)


def _list_stored_files(store: FileSystem, path: str) -> tuple[list[FileInfo], str, bool]:
    """Return the files that a path means, in the order of their paths, the folder they lie in, and whether it is more than one file."""
    from pyarrow import fs

    kinds: Any = fs.FileType
    if is_pattern(path):
        base = str(PurePosixPath(*_cut_before_pattern(path)))
        selector = fs.FileSelector(base, recursive=True)
        matching = [
            each
            for each in store.get_file_info(selector)
            if each.type == kinds.File and _matches_path_pattern(each.path, path)
        ]
        return sorted(matching, key=lambda each: each.path), base, True
    info = store.get_file_info(path)
    if info.type == kinds.File:
        return [info], "", False
    if info.type == kinds.NotFound:
        return [], "", False
    inside = store.get_file_info(fs.FileSelector(path, recursive=True))
    return sorted((each for each in inside if each.type == kinds.File), key=lambda each: each.path), path, True


def _cut_before_pattern(path: str) -> list[str]:
    parts = list(PurePosixPath(path).parts)
    return parts[: next(at for at, part in enumerate(parts) if is_pattern(part))]


def _matches_path_pattern(path: str, pattern: str) -> bool:
    mine, wanted = PurePosixPath(path).parts, PurePosixPath(pattern).parts
    return len(mine) == len(wanted) and all(fnmatchcase(part, want) for part, want in zip(mine, wanted, strict=True))


def _check_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in SCHEMES:
        raise Refusal(
            "argument",
            f"{parts.scheme}:// は使えません(使えるもの: {'・'.join(f'{each}://' for each in SCHEMES)})",
            f"{parts.scheme}:// cannot be read (use: {', '.join(f'{each}://' for each in SCHEMES)})",
        )
    if parts.password is not None or ("@" in parts.netloc and parts.scheme in ("s3", "gs", "gcs")):
        raise Refusal(
            "argument",
            "アドレスに認証情報を書かないでください。環境変数か設定ファイル(~/.aws など)に置いてください",
            "Do not write credentials into the address; put them into environment variables or the store's settings (~/.aws …)",
        )


def _make_nothing_stored_refusal(address: str) -> Refusal:
    return Refusal(
        "unreadable",
        f"{_strip_query(address)} にファイルがありません。名前を確かめてください",
        f"There is no file at {_strip_query(address)}; check the name",
    )


def _make_store_refusal(address: str, error: Exception) -> Refusal:
    """Return the refusal for a store that gave an error, without the library's own words."""
    told = str(error)
    if any(mark in told for mark in _ABSENT) or isinstance(error, FileNotFoundError):
        return _make_nothing_stored_refusal(address)
    if any(mark in told for mark in _DENIED) or isinstance(error, PermissionError):
        return Refusal(
            "unreadable",
            f"{_strip_query(address)} を読む権限がないか、認証情報がありません。"
            "保管先の設定(環境変数・~/.aws・gcloud・az)を確かめてください",
            f"{_strip_query(address)} may not be read, or there are no credentials; check the store's settings (environment, ~/.aws, "
            "gcloud, az)",
        )
    if isinstance(error, (ImportError, NotImplementedError)):
        return Refusal(
            "unreadable",
            f"この環境の pyarrow は {urlsplit(address).scheme}:// に対応していません。ファイルを手元に保存して渡してください",
            f"pyarrow on this computer cannot read {urlsplit(address).scheme}://; save the file here and give that",
        )
    return Refusal(
        "unreadable",
        f"{_strip_query(address)} に接続できません。ネットワーク・リージョン・名前を確かめ、もう一度お試しください",
        f"{_strip_query(address)} cannot be reached; check the network, the region and the name, and try again",
    )


def _strip_query(address: str) -> str:
    """Return an address without what follows a question mark: a signature may stand there."""
    return address.partition("?")[0]
