"""Every database ever released comes up to date, and one we do not understand is left alone."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, text

from secondsight.errors import StoreError
from secondsight.store import OpenCandidate, Store
from secondsight.store.database.database import Database
from secondsight.store.database.migrate import revision_of, upgrade
from secondsight.store.database.schema import REVISION, VERSION_TABLE, metadata
from tests.store.samples import candidate, decision


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", "secondsight.store:migrations")
    script = ScriptDirectory.from_config(config)
    return [step.revision for step in script.walk_revisions()][::-1]


def test_revisions_are_numbered_and_the_newest_is_known() -> None:
    assert revisions() == [f"{number:04}" for number in range(1, len(revisions()) + 1)]
    assert revisions()[-1] == REVISION


@pytest.mark.parametrize("earlier", [None, *revisions()])
def test_every_earlier_schema_becomes_the_one_of_the_program(empty: str, earlier: str | None) -> None:
    database = Database(empty)
    if earlier is not None:
        assert database.write(lambda c: upgrade(c, database.name, earlier))
    with Store.open(empty) as store:
        store.apply([OpenCandidate(candidate(), decision())])
    differences = database.read(
        lambda c: compare_metadata(
            MigrationContext.configure(
                c, opts={"compare_type": True, "compare_server_default": True, "version_table": VERSION_TABLE}
            ),
            metadata,
        )
    )
    database.close()
    assert differences == []


def described(connection: Connection) -> dict[str, Any]:
    """All that a schema says of its tables."""
    found, whole = inspect(connection), {}
    for table in found.get_table_names():
        whole[table] = {
            "columns": sorted(
                (c["name"], str(c["type"]), c["nullable"], str(c["default"]))
                for c in found.get_columns(table)
            ),
            "key": found.get_pk_constraint(table),
            "foreign": sorted(map(str, found.get_foreign_keys(table))),
            "unique": sorted(map(str, found.get_unique_constraints(table))),
            "indexes": sorted(
                (i["name"], i["column_names"], bool(i["unique"]), _options(i))
                for i in found.get_indexes(table)
            ),
        }
    return whole


def _options(index: Any) -> dict[str, str]:
    return {name: str(value) for name, value in index.get("dialect_options", {}).items()}


def test_an_empty_database_becomes_what_all_migrations_make(empty: str) -> None:
    database = Database(empty)
    database.write(lambda c: upgrade(c, database.name, revisions()[0]))
    database.write(lambda c: upgrade(c, database.name))
    migrated = database.read(described)

    def clear(connection: Connection) -> None:
        there = MetaData()
        there.reflect(connection)
        there.drop_all(connection)

    database.write(clear)
    assert database.write(lambda c: upgrade(c, database.name))
    assert database.read(revision_of) == REVISION
    assert database.read(described) == migrated
    database.close()


def test_opening_again_changes_nothing(empty: str) -> None:
    with Store.open(empty) as store:
        store.apply([OpenCandidate(candidate(), decision())])
    with Store.open(empty) as store:
        assert len(store.events.find()) == 1
    database = Database(empty)
    assert not database.write(lambda c: upgrade(c, database.name))
    database.close()


def test_failed_migration_leaves_nothing(empty: str) -> None:
    database = Database(empty)

    def interrupted(connection: object) -> None:
        upgrade(connection, database.name)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.write(interrupted)
    assert database.read(revision_of) is None
    Store.open(empty).close()
    database.close()


@pytest.mark.parametrize("read_only", [False, True])
def test_newer_database_is_refused(where: str, read_only: bool) -> None:
    _set_revision(where, "9999")
    with pytest.raises(StoreError, match=r"newer SecondSight \(schema 9999") as refusal:
        Store.open(where, read_only=read_only)
    assert not refusal.value.retryable


def test_the_age_of_clips_that_are_there_is_filled_in(empty: str) -> None:
    database = Database(empty)
    database.write(lambda c: upgrade(c, database.name, "0003"))
    frames = '[{"path": "a.jpg", "time": 5.0}, {"path": "b.jpg", "time": 50.0}]'
    clips = [
        ("filmed-now", "x.mp4", 20.0, 10.0),
        ("filmed-long-ago", "x.mp4", 1.0, 10.0),
        ("pictures", None, None, 10.0),
    ]

    def fill(c: Connection) -> None:
        for id, path, end, created in clips:
            values = {"id": id, "path": path, "end": end, "created": created, "frames": frames}
            for statement in (
                "INSERT INTO candidates (id, camera, epoch, rule, kind, start, triggered, peak, score, scores, "
                "tracks, label, action, reason, policy_version, priority, probability, alert_without_brain, "
                "created_at) VALUES (:id, 'c', 0, 'r', 'k', 0, 0, 0, 0, '{}', '[]', '', 'accept', '', '', 0, 1, "
                "false, 0)",
                "INSERT INTO events (id, verification, settled, alert) VALUES (:id, 'unverified', true, false)",
                'INSERT INTO clips (id, path, "end", size, key_frames, protected, created_at) '
                "VALUES (:id, :path, :end, 7, :frames, false, :created)",
            ):
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                c.execute(text(statement), used)

    database.write(fill)
    database.close()
    with Store.open(empty) as store:
        found = {clip.id: (clip.end, clip.size, len(clip.paths)) for clip in store.files.oldest(10)}
        assert found == {
            "filmed-now": (20.0, 7, 4),
            "filmed-long-ago": (10.0, 7, 4),
            "pictures": (50.0, 7, 3),
        }
        assert len(store.files.unmeasured(10)) == 3


def test_events_that_are_there_get_the_steps_that_can_be_told(empty: str) -> None:
    database = Database(empty)
    database.write(lambda c: upgrade(c, database.name, "0004"))
    events = [
        # id, verification, settled, alert, attached, settled at, announced at, end
        ("open", "unverified", False, False, None, None, None, None),
        ("untold", "confirmed", True, True, 20.0, 40.0, None, None),
        ("told", "rejected", True, False, 20.0, 30.0, 31.0, 25.0),
        ("expired", "expired", True, True, 30.0, 20.0, 21.0, 5.0),
    ]

    def fill(c: Connection) -> None:
        names = ("id", "verification", "settled", "alert", "attached", "settled_at", "announced", "end")
        for values in (dict(zip(names, event, strict=True)) for event in events):
            for statement in (
                "INSERT INTO candidates (id, camera, epoch, rule, kind, start, triggered, peak, score, scores, "
                'tracks, label, action, reason, policy_version, priority, probability, alert_without_brain, "end", '
                "created_at) VALUES (:id, 'c', 0, 'r', 'k', 0, 0, 0, 0, '{}', '[]', '', 'review', '', '', 0, 1, "
                "false, :end, 10)",
                "INSERT INTO events (id, verification, settled, alert, attached_at, settled_at, announced_at) "
                "VALUES (:id, :verification, :settled, :alert, :attached, :settled_at, :announced)",
            ):
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                c.execute(text(statement), used)
        c.execute(
            text(
                "INSERT INTO feedback (event_id, truth, author, note, created_at) "
                "VALUES ('told', true, 'ann', 'it was', 50.0), ('told', false, 'ben', NULL, 60.0)"
            )
        )

    database.write(fill)
    database.close()
    with Store.open(empty) as store:
        found = {
            id: [
                (s.kind.value, s.time, s.verification.value, s.settled, s.word.value)
                for s in store.steps.of(id)
            ]
            for id, *_ in events
        }
        assert found == {
            "open": [("raised", 10.0, "unverified", False, "none")],
            "told": [
                ("raised", 10.0, "unverified", False, "none"),
                ("recorded", 20.0, "unverified", False, "none"),
                ("ended", 25.0, "unverified", False, "none"),
                ("verified", 30.0, "rejected", True, "none"),
                ("corrected", 50.0, "rejected", True, "none"),
                ("corrected", 60.0, "rejected", True, "none"),
            ],
            "expired": [
                ("raised", 10.0, "unverified", False, "none"),
                ("ended", 10.0, "unverified", False, "none"),
                ("verified", 20.0, "expired", True, "alert"),
                ("recorded", 30.0, "expired", True, "none"),
            ],
            "untold": [
                ("raised", 10.0, "unverified", False, "none"),
                ("recorded", 20.0, "unverified", False, "none"),
                ("verified", 40.0, "confirmed", True, "alert"),
            ],
        }
        said = [(step.by, step.note, step.truth) for step in store.steps.of("told")[-2:]]
        assert said == [("ann", "it was", True), ("ben", None, False)]
        assert [step.position for step in store.steps.after(0)] == list(range(1, 15))
        assert store.steps.unpublished() == []
        assert {step.event for step in store.steps.after(store.steps.cursor("site"))} == {"untold"}
        assert store.steps.acknowledge("told", "ann"), "numbers go on"
        assert store.steps.of("told")[-1].number == 7


def test_the_bundle_moves_from_the_attributes_to_its_column(empty: str) -> None:
    database = Database(empty)
    database.write(lambda c: upgrade(c, database.name, "0009"))
    rows = {
        "named": '{"plate": "B 1", "": "b0003"}',
        "alone": '{"": "b0004"}',
        "unnamed": '{"plate": "B 2"}',
        "bare": "{}",
    }
    insert = text(
        "INSERT INTO candidates (id, camera, epoch, rule, kind, start, triggered, peak, score, scores, tracks, "
        "label, attributes, action, reason, policy_version, priority, probability, alert_without_brain, created_at) "
        "VALUES (:id, 'c', 0, 'r', 'k', 0, 0, 0, 0, '{}', '[]', '', :attributes, 'drop', '', '', 0, 1, false, 0)"
    )
    values = [{"id": id, "attributes": attributes} for id, attributes in rows.items()]
    database.write(lambda c: c.execute(insert, values))
    database.close()
    with Store.open(empty) as store:
        found = {one.candidate.id: one.candidate for one in store.events.candidates()}
    assert {id: (dict(one.attributes), one.bundle) for id, one in found.items()} == {
        "named": ({"plate": "B 1"}, "b0003"),
        "alone": ({}, "b0004"),
        "unnamed": ({"plate": "B 2"}, None),
        "bare": ({}, None),
    }


def test_reader_does_not_migrate(where: str) -> None:
    _set_revision(where, "0000")
    with pytest.raises(StoreError, match="older schema 0000"):
        Store.open(where, read_only=True)


def test_reader_refuses_a_database_without_our_tables(empty: str) -> None:
    database = Database(empty)
    database.write(lambda c: c.execute(text("CREATE TABLE theirs (x INTEGER)")))
    database.close()
    with pytest.raises(StoreError, match="no SecondSight data"):
        Store.open(empty, read_only=True)


def test_tables_of_another_program_are_left_alone(empty: str) -> None:
    database = Database(empty)
    database.write(lambda c: c.execute(text("CREATE TABLE events (x INTEGER)")))
    with pytest.raises(StoreError, match=r"another program \(events\)"):
        Store.open(empty)
    assert database.read(lambda c: c.execute(text("SELECT * FROM events")).all()) == []
    database.close()


def test_package_holds_the_migrations() -> None:
    import secondsight.store.migrations as package

    folder = Path(str(package.__file__)).parent
    assert (folder / "env.py").is_file()
    assert len(list((folder / "versions").glob("0*.py"))) == len(revisions())


def _set_revision(where: str, revision: str) -> None:
    database = Database(where)
    database.write(lambda c: c.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = :r"), {"r": revision}))
    database.close()
