"""The tables of the store: `runs` holds the records; `entries` what lists show, with star, name and notes.

There are two tables because a row of `runs` contains its whole record: to list 2,000 of them, or to add a column behind
the record, would read every page of the file. And a run is in the lists of all who trained it, with marks of each.
"""

import sqlalchemy as sql
from sqlalchemy.dialects.mysql import LONGBLOB

from ..visitor import LONGEST_SPACE, SHARED

SCHEMA = "3"
LONGEST_NAME, LONGEST_NOTES = 80, 4_000  # characters

metadata = sql.MetaData()
about = sql.Table(
    "heteroscope",
    metadata,
    sql.Column("name", sql.String(40), primary_key=True),
    sql.Column("value", sql.String(200)),
)
runs = sql.Table(
    "runs",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("key", sql.String(16), index=True, nullable=False),
    sql.Column("status", sql.String(10), nullable=False),
    sql.Column("created", sql.String(40), nullable=False),
    sql.Column("seconds", sql.Float, nullable=False),
    sql.Column("experiment", sql.Text, nullable=False),
    sql.Column("size", sql.Integer, nullable=False),
    sql.Column("record", sql.LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb"), nullable=False),
)
entries = sql.Table(
    "listings",  # in schema 2 it was "entries", without spaces
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("run_id", sql.Integer, index=True, nullable=False),
    sql.Column("space", sql.String(LONGEST_SPACE), index=True, nullable=False),  # whose list it is in
    sql.Column("owner", sql.String(LONGEST_SPACE), nullable=False),  # who may change it; "" for the host alone
    sql.Column("key", sql.String(16), index=True, nullable=False),
    sql.Column("status", sql.String(10), nullable=False),
    sql.Column("created", sql.String(40), nullable=False),
    sql.Column("seconds", sql.Double, nullable=False),
    sql.Column("size", sql.Integer, nullable=False),
    sql.Column("starred", sql.Boolean, nullable=False),
    sql.Column("name", sql.String(LONGEST_NAME), nullable=False),
    sql.Column("notes", sql.String(LONGEST_NOTES), nullable=False),
    sql.Column("said", sql.Text),  # name and notes in lower case, for the search
    sql.Column("deleted", sql.Double),  # seconds since 1970; None if it is not deleted
    # The columns below are None until `core.runs.entry` has read the experiment, and scores where a run has none.
    sql.Column("facts", sql.Text),  # words of the experiment in lower case, for the search
    sql.Column("changes", sql.Text),
    sql.Column("loss", sql.String(40)),
    sql.Column("table", sql.String(40)),
    sql.Column("target", sql.String(40)),
    sql.Column("steps", sql.Integer),
    *(sql.Column(name, sql.Double) for name in ("nll", "crps", "rmse", "coverage_95", "gap")),
    sql.UniqueConstraint("run_id", "space"),
)
EARLIER = ("1", "2")
# The list of schema 2, where each run had one entry, with the number of its run.
_OF_2 = sql.Table(
    "entries",
    sql.MetaData(),
    *(sql.Column(each.name, each.type) for each in entries.columns if each.name not in ("id", "space", "owner")),
)
LIVE = entries.c.deleted.is_(None)


def live_of(key: str, status: str, space: str) -> sql.ColumnElement[bool]:
    """Whether an entry of this space is not deleted, and a run of this key that ended this way."""
    return sql.and_(entries.c.key == key, entries.c.status == status, entries.c.space == space, LIVE)


def owner_of(space: str) -> str:
    """Who may change what is kept in a space first: its visitor, or in the shared space the host alone."""
    return "" if space == SHARED else space


def storable(text: str) -> str:
    """The text without what some databases refuse: zero bytes and lone surrogates."""
    return text.encode("utf-8", "ignore").decode().replace("\0", "")


class ForeignStore(Exception):
    """A database that belongs to another program or version."""


def claim(connection: sql.Connection) -> None:
    """Create the tables, or bring those of an earlier schema to this one. Raises ForeignStore.

    Several programs may do it at once, because each step may be repeated: the second program finds the step done, or
    gets an error that disappears once it is done.
    """
    present = sql.inspect(connection).get_table_names()
    if present and about.name not in present:
        raise ForeignStore("it contains another program's tables")
    schema = None
    if present:
        schema = connection.scalar(sql.select(about.c.value).where(about.c.name == "schema"))
        if schema not in (None, *EARLIER, SCHEMA):
            raise ForeignStore(f"it was written by another version (schema {schema}, here {SCHEMA})")
    if schema != SCHEMA or entries.name not in present:
        metadata.create_all(connection)
        if _OF_2.name in present:
            _from_2(connection)
        adopt(connection)
    if schema is None:
        connection.execute(sql.insert(about), {"name": "schema", "value": SCHEMA})
    elif schema in EARLIER:
        connection.execute(sql.update(about).where(about.c.name == "schema").values(value=SCHEMA))
    for table in (runs, entries):
        connection.execute(sql.select(table).limit(1))


def adopt(connection: sql.Connection) -> None:
    """List every run that is in no list, for everybody: a program of schema 1 wrote it, before or since."""
    copied = ["key", "status", "created", "seconds", "size"]
    blank = [sql.literal(SHARED), sql.literal(""), sql.false(), sql.literal(""), sql.literal("")]
    without = runs.c.id.not_in(sql.select(entries.c.run_id))
    rows = sql.select(runs.c.id, *(runs.c[name] for name in copied), *blank).where(without).order_by(runs.c.id)
    names = ["run_id", *copied, "space", "owner", "starred", "name", "notes"]
    connection.execute(sql.insert(entries).from_select(names, rows))


def _from_2(connection: sql.Connection) -> None:
    """The entries of schema 2 with their marks: everybody saw them, and still does."""
    names = [column.name for column in _OF_2.columns]
    listed = _OF_2.c.run_id.in_(sql.select(entries.c.run_id))
    whose = [sql.literal(SHARED).label("space"), sql.literal("").label("owner")]
    rows = sql.select(*whose, *_OF_2.columns).where(sql.not_(listed)).order_by(_OF_2.c.run_id)
    connection.execute(sql.insert(entries).from_select(["space", "owner", *names], rows))
    _OF_2.drop(connection)
