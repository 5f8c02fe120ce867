"""The catalogues: complete, up to date, compiled, and at peace with Django's own words."""

from __future__ import annotations

import shutil
from pathlib import Path

import django
import pytest
from django.core.management import call_command

from joinchat_django.api import InvalidMessage, message_from_dict
from tests.programs import require_program

from .catalogues import PACKAGE, Entry, catalogues, placeholders, read_mo, read_po

each_catalogue = pytest.mark.parametrize(
    "catalogue", catalogues(), ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
#: What Debian's package gettext brings, and Django's makemessages calls.
EXTRACTORS = ("xgettext", "msguniq", "msgmerge", "msgattrib")


def keys_of(entries: list[Entry]) -> set[tuple[str, str]]:
    return {entry.key for entry in entries if entry.msgid and not entry.is_obsolete}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Every text that the package's source has translated, as Django extracts them."""
    for program in EXTRACTORS:
        require_program(program)
    folder = tmp_path_factory.mktemp("source") / "joinchat_django"
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__", "*.mo", "*.po"))
    (folder / "locale").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        call_command("makemessages", locale=["zh_Hans"], verbosity=0)
    return keys_of(read_po(folder / "locale/zh_Hans/LC_MESSAGES/django.po"))


def test_simplified_chinese_is_there() -> None:
    assert PACKAGE / "locale/zh_Hans/LC_MESSAGES/django.po" in catalogues()


@each_catalogue
def test_every_text_of_the_source_is_translated(
    catalogue: Path, source: set[tuple[str, str]]
) -> None:
    assert not source - keys_of(read_po(catalogue))


@each_catalogue
def test_no_translation_is_of_a_text_that_is_gone(
    catalogue: Path, source: set[tuple[str, str]]
) -> None:
    assert not keys_of(read_po(catalogue)) - source
    assert not [entry.msgid for entry in read_po(catalogue) if entry.is_obsolete]


def test_the_texts_of_every_floor_are_found(source: set[tuple[str, str]]) -> None:
    """The extraction reads the API package, which marks its texts in a way of its own, too."""
    with pytest.raises(InvalidMessage) as caught:
        message_from_dict({"template_type": "text"})
    [problem] = caught.value.problems
    assert ("", problem.limit) in source
    assert ("", "What each tag is for") in source
    assert ("", "Messenger: not connected") in source


@each_catalogue
def test_no_translation_is_empty_or_doubtful(catalogue: Path) -> None:
    header, *entries = read_po(catalogue)
    forms = int(header.msgstr[0].split("nplurals=")[1].split(";")[0])
    for entry in entries:
        assert "fuzzy" not in entry.flags, entry.msgid
        wanted = range(forms) if entry.msgid_plural else range(1)
        assert sorted(entry.msgstr) == list(wanted), entry.msgid
        assert all(text.strip() for text in entry.msgstr.values()), entry.msgid


@each_catalogue
def test_what_is_filled_in_is_the_same_in_every_language(catalogue: Path) -> None:
    for entry in read_po(catalogue)[1:]:
        for text in entry.msgstr.values():
            assert placeholders(text) == placeholders(entry.msgid_plural or entry.msgid)


@each_catalogue
def test_the_compiled_catalogue_is_that_of_the_source(catalogue: Path) -> None:
    expected = {
        f"{entry.msgctxt}\x04{entry.msgid}" if entry.msgctxt else entry.msgid: [
            entry.msgstr[number] for number in sorted(entry.msgstr)
        ]
        for entry in read_po(catalogue)
    }
    compiled = read_mo(catalogue.with_suffix(".mo"))
    headers = [set(found.pop("")[0].splitlines()) for found in (compiled, expected)]
    # msgfmt leaves out when the texts were extracted.
    compiled[""], expected[""] = (
        sorted(line for line in lines if not line.startswith("POT-Creation-Date"))
        for lines in headers
    )
    assert compiled == expected


@each_catalogue
def test_words_that_django_translates_too_are_its_own(catalogue: Path) -> None:
    """Catalogues of all apps are one to Django: another word here would change its admin."""
    contrib = Path(django.__file__).parent / "contrib"
    ours = {entry.key: entry.msgstr.get(0) for entry in read_po(catalogue) if entry.msgid}
    for app in ("admin", "auth"):
        theirs = contrib / app / "locale" / catalogue.parts[-3] / "LC_MESSAGES/django.po"
        for entry in read_po(theirs):
            if entry.key in ours and entry.msgstr.get(0) and not entry.is_obsolete:
                assert ours[entry.key] == entry.msgstr[0], entry.msgid
