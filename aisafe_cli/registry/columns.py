"""The columns of a table of plans as numbers, as far as their meaning is certain.

A row in which anything is unusual is not sure: the evaluator reads it as a plan of its own. What makes a row sure is
checked value by value here, so that nothing faulty is ever taken for what it is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES
from aisafe_cli.domain.plan import Status
from aisafe_cli.io.resources import read_schema

# Letters that show something: of other scripts some do not, though Unicode counts them as letters.
_SHOWN = r"[A-Za-z0-9\x{c0}-\x{24f}\x{3041}-\x{3096}\x{4e00}-\x{9fa5}\x{ac00}-\x{d7a3}]"
# A text that every schema of a text takes as it is: on one line, and a letter that shows something at its end.
_TEXT = rf"^[\p{{L}}\p{{N}}\p{{P}}\p{{S}} ]*{_SHOWN}[!-/:-@\[-`{{-~]?$"
_PROSE = rf"^[\p{{L}}\p{{N}}\p{{P}}\p{{S}} \n]*{_SHOWN}[!-/:-@\[-`{{-~]?$"
_NAME = r"^[ -~]*[A-Za-z0-9]$"
# What is never looked for in files.
_ADDRESS = r"^(?:https?://|doi:|arxiv:|arXiv:)[!-~]*[A-Za-z0-9/]$"
_DAY = r"^\d{4}-\d\d-\d\d$"
_MOST = {_TEXT: 500, _PROSE: 2000, _NAME: 80, _ADDRESS: 500, _DAY: 10}
_MOST_CHANNELS, _MOST_EVIDENCE = 30, 250
_MOST_PIECES = 2_500  # of evidence in a row: with more, the row may have more values than a plan may
_MOST_PARAMETERS = 1e15
_SEPARATOR = "\x1f"

STATUSES = tuple(Status)


def _read_words(*path: str | int) -> tuple[Any, ...]:
    """Return the words that the schema of plans knows at a path."""
    found: Any = read_schema("plan")
    for step in path:
        found = found[step]
    return tuple(found["enum"])


OPERATORS = _read_words("$defs", "channel", "properties", "operator")
GATES = _read_words("$defs", "channel", "properties", "gated")
AGAINST = _read_words("$defs", "claim", "properties", "against")
TYPES = _read_words("$defs", "evidence", "properties", "type")
RESULTS = (None, *_read_words("$defs", "evidence", "properties", "result"))
_RELATIONS = _read_words("properties", "model", "properties", "base_model_relation")
_AUDIENCES = _read_words("$defs", "channel", "properties", "audience")
_BY = _read_words("$defs", "evidence", "properties", "by")
_CLASSES = _read_words("$defs", "channel", "properties", "license", "anyOf", 1, "properties", "class")


@record
class Columns:
    """The sure rows of a table as numbers, one array a fact. Channels and claims stand in flat arrays of their own.

    `rows` are the numbers of the sure rows in the table. `channel_row` and `claim_row` say whose a channel or a claim
    is, by place among the sure rows. A claim is on every channel of its row where `claim_channel` is -1, else on one.
    A word is its place in its tuple (`STATUSES`, `ROLES`); evidence is a set of bits, one for a type and a result.
    """

    rows: Any
    role: Any
    size: Any
    capability: Any
    parameters: Any
    shown: Any
    fail_under: Any
    adopted: Any
    channel_row: Any
    access: Any
    operator: Any
    gate: Any
    license: Any
    licenses: Sequence[str | None]
    claim_row: Any
    claim_channel: Any
    safeguard: Any
    status: Any
    against: Any
    evidence: Any


@record
class Names:
    """The names that plans may use: of access levels, of alternatives, and ids and slugs of safeguards, with places."""

    access_levels: Sequence[str]
    alternatives: Sequence[str]
    safeguards: Mapping[str, int]
    held_before: frozenset[int]  # safeguards whose claims count before a release opens, so that a scope decides


def split_license(key: str) -> dict[str, str]:
    """Return what a license says by the key that stands for it."""
    parts = zip(("id", "name", "url", "class"), key.split(_SEPARATOR), strict=True)
    return {name: part for name, part in parts if part}


def read_columns(batch: pa.RecordBatch, names: Names, as_of: date) -> Columns:
    """Return the sure rows of a batch whose columns are named as the keys of a plan."""
    reader = _Reader(batch.num_rows, names, as_of)
    reader.read({name: _normalize_nulls(array) for name, array in zip(batch.schema.names, batch.columns, strict=True)})
    return reader.build()


class _Reader:
    """Reads columns, and keeps of each row whether it is still sure."""

    def __init__(self, rows: int, names: Names, as_of: date) -> None:
        self._names = names
        self._as_of = as_of
        self._every = np.arange(rows)
        self._sure = np.ones(rows, dtype=bool)
        self._found: dict[str, Any] = {}
        self._claims: list[tuple[Any, ...]] = []
        self._answers: list[tuple[Any, Any]] = []
        self._pieces = np.zeros(rows, dtype=np.int64)

    def read(self, plan: Mapping[str, pa.Array]) -> None:
        """Read every column of a table."""
        every = self._every
        plan = dict(plan)
        version = self._read_numbers(plan.pop("schema_version", None), every)
        self._keep(version == 1, every)
        self._read_model(self._split(plan.pop("model", None), every))
        organization = self._split(plan.pop("organization", None), every)
        self._found["role"] = self._read_word(organization.pop("role", None), every, ROLES, "developer")
        self._found["size"] = self._read_word(organization.pop("size", None), every, SIZES, "large")
        policy = self._split(plan.pop("policy", None), every)
        fail_under = self._read_numbers(policy.pop("fail_under", None), every)
        self._keep((fail_under >= 0) & (fail_under <= 100), every)
        self._found["fail_under"] = fail_under
        self._read_channels(plan.pop("channels", None))
        self._read_claims(plan.pop("safeguards", None))
        self._read_alternatives(plan.pop("alternatives", None))
        for rest in (plan, organization, policy):
            self._refuse(rest, every)

    def build(self) -> Columns:
        """Return what was read of the rows that are still sure."""
        self._sure &= self._pieces <= _MOST_PIECES
        rows = np.flatnonzero(self._sure)
        place = np.cumsum(self._sure) - 1
        found = {name: self._found[name][rows] for name in ("role", "size", "capability", "parameters", "shown")}
        found |= {name: self._found[name][rows] for name in ("fail_under", "adopted")}
        sure_channels = self._sure[self._found["channel_row"]]
        channel_place = np.cumsum(sure_channels) - 1
        for name in ("access", "operator", "gate", "license"):
            found[name] = self._found[name][sure_channels]
        claims = [np.concatenate(parts) for parts in zip(*self._claims, strict=True)] or [np.zeros(0, int)] * 6
        sure_claims = self._sure[claims[0]]
        claim_row, claim_channel, *facts = (part[sure_claims] for part in claims)
        on_one = claim_channel >= 0
        claim_channel[on_one] = channel_place[claim_channel[on_one]]
        return Columns(
            rows=rows,
            channel_row=place[self._found["channel_row"][sure_channels]],
            licenses=self._found["licenses"],
            claim_row=place[claim_row],
            claim_channel=claim_channel,
            **found,
            **dict(zip(("safeguard", "status", "against", "evidence"), facts, strict=True)),
        )

    # --- model, channels, alternatives ------------------------------------------------------------------------------

    def _read_model(self, model: dict[str, pa.Array]) -> None:
        every = self._every
        self._read_text(model.pop("name", None), every, required=True)
        for name in ("version", "developer", "base_model"):
            self._read_text(model.pop(name, None), every)
        self._read_word(model.pop("base_model_relation", None), every, _RELATIONS, None)
        self._found["capability"] = self._read_word(model.pop("capability", None), every, CAPABILITIES, "unknown")
        parameters = self._read_numbers(model.pop("parameters", None), every, whole=False)
        self._found["parameters"] = parameters
        self._found["shown"] = self._read_evidence(model.pop("capability_evidence", None), every)
        self._refuse(model, every)

    def _read_channels(self, column: pa.Array | None) -> None:
        array, rows, lengths = self._flatten(column, self._every)
        self._keep((lengths > 0) & (lengths <= _MOST_CHANNELS), self._every)
        channel = self._split(array, rows, required=True)
        self._found["channel_row"] = rows
        ids = channel.pop("id", None)
        self._read_text(ids, rows, _NAME, required=True)
        self._found["access"] = self._read_word(channel.pop("access", None), rows, self._names.access_levels, "")
        self._found["operator"] = self._read_word(channel.pop("operator", None), rows, OPERATORS, "self")
        self._found["gate"] = self._read_word(channel.pop("gated", None), rows, GATES, False)
        self._read_word(channel.pop("audience", None), rows, _AUDIENCES, None)
        self._read_text(channel.pop("url", None), rows)
        self._found["license"], self._found["licenses"] = self._read_license(channel.pop("license", None), rows)
        self._refuse(channel, rows)
        self._index_channels(ids, rows)

    def _index_channels(self, ids: pa.Array | None, rows: Any) -> None:
        """Give each channel a key by its row and its id, to be found by claims. Two of one id in a row are a fault."""
        encoded = _to_texts(ids, len(rows)).dictionary_encode()
        self._ids = encoded.dictionary
        codes = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        keys = rows * (len(self._ids) + 1) + codes
        self._channel_order = np.argsort(keys, kind="stable")
        self._channel_keys = keys[self._channel_order]
        is_again = np.diff(self._channel_keys, prepend=-1) == 0
        self._keep(~is_again, rows[self._channel_order])

    def _read_license(self, array: pa.Array | None, rows: Any) -> tuple[Any, Sequence[str | None]]:
        """Return the places of licenses among those that are told apart, and for each what stands for it."""
        if array is None or pa.types.is_null(array.type):
            return np.zeros(len(rows), dtype=np.int64), (None,)
        if pa.types.is_struct(array.type):
            fields = self._split(array, rows)
            parts = [fields.pop(name, None) for name in ("id", "name", "url")]
            for part in parts:
                self._read_text(part, rows)
            classes = fields.pop("class", None)
            self._read_word(classes, rows, (*_CLASSES, None), None)
            self._refuse(fields, rows)
            joined = _join_texts([*parts, classes], len(rows))
            says_nothing = pc.equal(joined, _SEPARATOR * 3).to_numpy(zero_copy_only=False)
            self._keep(~(_is_there(array) & says_nothing), rows)
            keys = pc.if_else(pa.array(_is_there(array)), joined, pa.scalar(None, pa.string()))
        else:
            self._read_text(array, rows)
            keys = _join_texts([array, None, None, None], len(rows))
            keys = pc.if_else(pa.array(_is_there(array)), keys, pa.scalar(None, pa.string()))
        encoded = keys.dictionary_encode()
        known = encoded.dictionary.to_pylist()
        return encoded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False).astype(np.int64), (*known, None)

    def _read_alternatives(self, column: pa.Array | None) -> None:
        array, rows, lengths = self._flatten(column, self._every)
        if array is not None and pa.types.is_struct(array.type):
            fields = self._split(array, rows, required=True)
            array = fields.pop("id", None)
            self._read_text(fields.pop("note", None), rows, _PROSE)
            self._refuse(fields, rows)
        places = self._read_word(array, rows, self._names.alternatives, "")
        bits = np.zeros(len(self._every), dtype=np.int64)
        np.bitwise_or.at(bits, rows, np.int64(1) << np.maximum(places, 0))
        self._keep(np.bitwise_count(bits) == lengths, self._every)  # one that is named twice is a fault
        self._found["adopted"] = bits

    # --- claims -----------------------------------------------------------------------------------------------------

    def _read_claims(self, column: pa.Array | None) -> None:
        """Read claims from a struct of a field a safeguard, or from a map."""
        if column is not None and pa.types.is_map(column.type):
            array, rows, _ = self._flatten(_to_list(column), self._every)
            key, value = array.flatten()
            places = self._read_word(key, rows, tuple(self._names.safeguards), "")
            self._refuse_twice(rows * (len(self._names.safeguards) + 1) + places + 1, rows)
            self._read_answers(_normalize_nulls(value), rows, places)
        else:
            answers = self._split(column, self._every)
            for name in [name for name in answers if name in self._names.safeguards]:
                place = np.full(len(self._every), list(self._names.safeguards).index(name))
                self._read_answers(answers.pop(name), self._every, place)
            self._refuse(answers, self._every)
        if self._claims:
            self._refuse_overlaps()

    def _read_answers(self, array: pa.Array, rows: Any, places: Any) -> None:
        """Read answers to safeguards, given by their places among all names: words, claims or lists of claims."""
        number = np.array([*self._names.safeguards.values(), 0])[places]
        there = _is_there(array)
        self._answers.append((rows[there], number[there]))
        if _is_list(array.type):
            array, inner, lengths = self._flatten_within(array, rows)
            self._keep((lengths > 0) | ~there, rows)
            rows, number = rows[inner], number[inner]
            if not pa.types.is_struct(array.type):
                self._keep(np.zeros(len(rows), dtype=bool), rows)
                return
        elif not there.all():
            array, rows, number = array.filter(pa.array(there)), rows[there], number[there]
        if pa.types.is_struct(array.type):
            self._read_claim(array, rows, number)
        else:
            self._add_claims(rows, np.full(len(rows), -1), number, self._read_word(array, rows, STATUSES, ""), 0, 0)

    def _read_claim(self, array: pa.Array, rows: Any, number: Any) -> None:
        claim = self._split(array, rows, required=True)
        status = self._read_word(claim.pop("status", None), rows, STATUSES, "")
        against = self._read_word(claim.pop("against", None), rows, AGAINST, "malicious_actors")
        evidence = self._read_evidence(claim.pop("evidence", None), rows)
        self._read_text(claim.pop("owner", None), rows)
        self._read_text(claim.pop("note", None), rows, _PROSE)
        scope = claim.pop("channels", None)
        names, claims, lengths = self._flatten_within(scope, rows)
        self._refuse(claim, rows)
        scoped = lengths > 0
        whole = ~scoped
        if scope is not None:  # a claim on no channel is a fault
            self._keep(scoped | ~_is_there(scope), rows)
        self._add_claims(
            rows[whole], np.full(whole.sum(), -1), number[whole], status[whole], against[whole], evidence[whole]
        )
        if scoped.any():
            self._keep(~np.isin(number[scoped], list(self._names.held_before)), rows[scoped])
            on = self._find_channels(names, rows[claims])
            self._add_claims(rows[claims], on, number[claims], status[claims], against[claims], evidence[claims])

    def _find_channels(self, names: pa.Array, rows: Any) -> Any:
        """Return the places of the channels that claims name, among all channels."""
        places = pc.index_in(_to_texts(names, len(rows)), value_set=self._ids).fill_null(len(self._ids))
        keys = rows * (len(self._ids) + 1) + places.to_numpy(zero_copy_only=False)
        known = np.append(self._channel_keys, -1)
        found = np.searchsorted(self._channel_keys, keys)
        is_known = known[found] == keys
        self._keep(is_known, rows)
        return np.where(is_known, np.append(self._channel_order, 0)[found], -1)

    def _add_claims(self, rows: Any, channels: Any, number: Any, status: Any, against: Any, evidence: Any) -> None:
        full = np.zeros(len(rows), dtype=np.int64)
        self._claims.append((rows, channels, number, status, full + against, full + evidence))

    def _refuse_overlaps(self) -> None:
        """Doubt rows in which two claims on a safeguard may be on one channel."""
        safeguards = max(self._names.safeguards.values()) + 1
        rows, number = map(np.concatenate, zip(*self._answers, strict=True))
        self._refuse_twice(rows * safeguards + number, rows)
        rows, channels, number, *_ = map(np.concatenate, zip(*self._claims, strict=True))
        cells, on_one = rows * safeguards + number, channels >= 0
        claims = np.bincount(cells)
        is_whole = np.bincount(cells[~on_one], minlength=len(claims)) > 0
        self._keep((claims[cells] == 1) | ~is_whole[cells], rows)
        self._refuse_twice(channels[on_one] * safeguards + number[on_one], rows[on_one])

    def _read_evidence(self, column: pa.Array | None, rows: Any) -> Any:
        """Return a set of bits for the evidence that each of several claims names."""
        bits = np.zeros(len(rows), dtype=np.int64)
        array, claims, lengths = self._flatten_within(column, rows)
        self._keep(lengths <= _MOST_EVIDENCE, rows)
        np.add.at(self._pieces, rows, lengths)
        if not len(claims):
            return bits
        of = rows[claims]
        item = self._split(array, of, required=True)
        self._read_text(item.pop("ref", None), of, _ADDRESS, required=True)
        kind = self._read_word(item.pop("type", None), of, TYPES, "other")
        result = self._read_word(item.pop("result", None), of, RESULTS, None)
        self._read_word(item.pop("by", None), of, _BY, "self")
        is_dated = self._read_days(item.pop("date", None), of)
        self._refuse(item, of)
        # A later piece may outdate one that speaks against a claim: days are then compared by the evaluator.
        self._keep(~(is_dated & (result >= RESULTS.index("mixed"))), of)
        np.bitwise_or.at(bits, claims, np.int64(1) << (np.maximum(kind, 0) * len(RESULTS) + np.maximum(result, 0)))
        return bits

    def _read_days(self, array: pa.Array | None, rows: Any) -> Any:
        """Return where a day is given; one after the day of the check is not sure."""
        if array is None or pa.types.is_null(array.type):
            return np.zeros(len(rows), dtype=bool)
        there = _is_there(array)
        if not pa.types.is_date32(array.type):
            self._read_text(array, rows, _DAY)
            try:
                array = _to_texts(array, len(rows)).cast(pa.date32())
            except pa.ArrowInvalid:
                self._keep(~there, rows)
                return there
        later = pc.greater(array, pa.scalar(self._as_of, pa.date32())).fill_null(False)
        no_day = pc.less(array, pa.scalar(date.min, pa.date32())).fill_null(False)
        self._keep(~pc.or_(later, no_day).to_numpy(zero_copy_only=False), rows)
        return there

    # --- single values ----------------------------------------------------------------------------------------------

    def _keep(self, fine: Any, rows: Any) -> None:
        """Doubt the rows where something is not fine."""
        if not np.all(fine):
            self._sure[rows[~fine]] = False

    def _refuse(self, rest: Mapping[str, pa.Array], rows: Any) -> None:
        """Doubt the rows in which something is given that is not read here."""
        for array in rest.values():
            self._keep(~_is_there(array), rows)

    def _refuse_twice(self, keys: Any, rows: Any) -> None:
        """Doubt the rows of small numbers that are there twice."""
        self._keep(np.bincount(keys)[keys] == 1, rows)

    def _split(self, array: pa.Array | None, rows: Any, *, required: bool = False) -> dict[str, pa.Array]:
        """Return the fields of structs; a value of any other kind is not sure, nor is none where one is required."""
        if array is not None and required:
            self._keep(_is_there(array), rows)
        if array is None or not pa.types.is_struct(array.type):
            self._refuse({} if array is None else {"": array}, rows)
            return {}
        return {field.name: _normalize_nulls(part) for field, part in zip(array.type, array.flatten(), strict=True)}

    def _flatten(self, array: pa.Array | None, rows: Any) -> tuple[pa.Array, Any, Any]:
        """Return the items of lists, the row of each, and how many each list has."""
        items, places, lengths = self._flatten_within(array, rows)
        return items, rows[places], lengths

    def _flatten_within(self, array: pa.Array | None, rows: Any) -> tuple[pa.Array, Any, Any]:
        """Return the items of lists, the place of the list of each, and how many each list has."""
        if array is None or not _is_list(array.type):
            self._refuse({} if array is None else {"": array}, rows)
            return pa.nulls(0), np.zeros(0, dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
        lengths = pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        return _normalize_nulls(array.flatten()), np.repeat(np.arange(len(rows)), lengths), lengths

    def _read_text(self, array: pa.Array | None, rows: Any, pattern: str = _TEXT, *, required: bool = False) -> None:
        if array is None or pa.types.is_null(array.type):
            self._keep(np.full(len(rows), not required), rows)
            return
        if required:
            self._keep(_is_there(array), rows)
        if not _is_text(array.type):
            self._keep(~_is_there(array), rows)
            return
        texts = array.dictionary if pa.types.is_dictionary(array.type) else array
        if pattern is _ADDRESS and _are_plain_addresses(texts):
            return
        fine = pc.and_(pc.match_substring_regex(texts, pattern), pc.less_equal(pc.binary_length(texts), _MOST[pattern]))
        if pa.types.is_dictionary(array.type):
            fine = fine.take(array.indices)
        self._keep(fine.fill_null(True).to_numpy(zero_copy_only=False), rows)

    def _read_word(self, array: pa.Array | None, rows: Any, words: Sequence[Any], left_out: Any) -> Any:
        """Return the places of words in a tuple; one that is not there is not sure. `left_out` stands for none."""
        places = {word: place for place, word in enumerate(words)}
        default = places.get(left_out, -1)
        if array is None or not (_is_text(array.type) or pa.types.is_boolean(array.type)):
            self._keep(np.full(len(rows), default >= 0) & (array is None or ~_is_there(array)), rows)
            return np.full(len(rows), default)
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        known = encoded.dictionary.to_pylist()
        found = np.array([*(places.get(word, -1) for word in known), default])[
            encoded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
        ]
        self._keep(found >= 0, rows)
        return found

    def _read_numbers(self, array: pa.Array | None, rows: Any, *, whole: bool = True) -> Any:
        """Return numbers as the table has them, 0 for none; another type is not sure where a number is given."""
        if array is None or not (pa.types.is_integer(array.type) or (pa.types.is_floating(array.type) and not whole)):
            self._refuse({} if array is None else {"": array}, rows)
            return np.full(len(rows), 0)
        numbers = array.cast(pa.int64() if whole else pa.float64(), safe=False)
        numbers = numbers.fill_null(0).to_numpy(zero_copy_only=False)
        if not whole:
            self._keep((~_is_there(array)) | ((numbers > 0) & (numbers < _MOST_PARAMETERS)), rows)
        return numbers


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _is_there(array: pa.Array) -> Any:
    return array.is_valid().to_numpy(zero_copy_only=False)


def _normalize_nulls(array: pa.Array) -> pa.Array:
    """Return an array in which what is not there is null, and never a word of a dictionary that is null."""
    if pa.types.is_dictionary(array.type) and array.dictionary.null_count:
        return array.dictionary_decode()
    return array


def _are_plain_addresses(texts: pa.Array) -> bool:
    """Return whether all are short addresses of web pages in visible ASCII; it is sooner told of all than of each."""
    if not pa.types.is_string(texts.type) or not len(texts):
        return False
    ends = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    content = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[ends[0] : ends[-1]]
    is_short = int(np.diff(ends).max()) <= _MOST[_ADDRESS]
    is_visible = bool((content - np.uint8(ord("!")) <= ord("~") - ord("!")).all())
    return is_short and is_visible and bool(pc.all(pc.starts_with(texts, "https://")).as_py())


def _to_list(array: pa.Array) -> pa.Array:
    """Return a map as a list of its entries."""
    return array.cast(pa.list_(pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])))


def _to_texts(array: pa.Array | None, length: int) -> pa.Array:
    """Return an array of plain texts; of anything else than text there is none."""
    if array is None or not _is_text(array.type):
        return pa.nulls(length, pa.string())
    return array.cast(pa.string())


def _join_texts(parts: Sequence[pa.Array | None], length: int) -> pa.Array:
    """Return the texts of each row as one, with a separator between them that no text holds."""
    texts = [_to_texts(part, length).fill_null("") for part in parts]
    return pc.binary_join_element_wise(*texts, _SEPARATOR)
