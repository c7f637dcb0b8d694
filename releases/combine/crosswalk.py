"""A crosswalk: which terms of the directories stand for which term of one taxonomy, as a YAML file says.

Under `service_type` and `organization_type`: a code of the taxonomy, and the terms that stand for it, as printed or as codes of
this project's own lists. Many terms may stand for one code, and no term for two. Case and accents do not matter.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from parsers.folding import fold_accents
from sources.errors import SourceError

KINDS = ("service_type", "organization_type")


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """`codes` has the code of each folded term, by kind. `name` and `sha256` are those of the file."""

    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    name: str | None = None
    sha256: str | None = None

    def code(self, kind: str, *terms: str | None) -> str | None:
        """The code of the first of these terms that has one."""
        known = self.codes.get(kind, {})
        return next((known[folded] for term in terms if term and (folded := fold_accents(term)) in known), None)


def load_crosswalk(path: Path) -> Crosswalk:
    """Read a crosswalk; SourceError with file and line for what is none, or maps a term twice."""
    try:
        data = path.read_bytes()
        root = yaml.compose(data.decode("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}). Name a crosswalk by --crosswalk.") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SourceError(f"{path}:{line}: is not YAML: {error.problem}. Mend the line, or quote the value.") from error
    codes: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    for kind, entries in _mapping(path, root):
        if kind.value not in KINDS:
            raise _error(path, kind, f"unknown key `{kind.value}`. Known keys: {', '.join(KINDS)}")
        for code, terms in _mapping(path, entries):
            if not isinstance(terms, yaml.SequenceNode):
                raise _error(path, terms, f"`{code.value}` must have a list of terms, as in [Helpline, Hotline]")
            for term in (code, *terms.value):
                if not isinstance(term, yaml.ScalarNode):
                    raise _error(path, term, "a term must be text")
                before = codes[kind.value].setdefault(fold_accents(term.value), code.value)
                if before != code.value:
                    raise _error(path, term, f"{term.value!r} stands for `{before}` already. Leave it out of one")
    return Crosswalk(codes, path.name, hashlib.sha256(data).hexdigest())


def _mapping(path: Path, node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise _error(
            path, node, "must be a mapping of `service_type` and `organization_type` to codes, and these to terms"
        )
    return list(node.value)


def _error(path: Path, node: yaml.Node | None, what: str) -> SourceError:
    line = node.start_mark.line + 1 if node is not None else 1
    return SourceError(f"{path}:{line}: {what}.")
