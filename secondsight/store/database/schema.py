"""The tables, in one place, the same for SQLite and PostgreSQL.

Times are UTC seconds as double precision, exactly the numbers of the records: no time zone can be lost on the
way, SQLite has no type for time anyway, and a double resolves a microsecond until the year 2242. Lists and
mappings without a query of their own are JSON. A candidate, its case, its event and its clip share one id.
Camera names are no foreign keys: what was seen must never be refused because a camera's row is missing.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

from secondsight.store.database.columns import CleanJson, CleanText, HalfVector, Words, WordsJson

REVISION = "0011"
"""Newest migration. Numbered, so that a program can tell a newer one that it lacks."""
VERSION_TABLE = "secondsight_version"

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _shared_id(parent: str) -> Column[str]:
    return Column("id", CleanText, ForeignKey(f"{parent}.id"), primary_key=True)


site = Table(
    "site",
    metadata,
    # One row: the identity shared with the data folder, the run that writes, and how far it has come.
    Column("id", CleanText, primary_key=True),
    Column("run", CleanText, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("time", Double, nullable=False),
    # Files older than this that no row refers to are not known to be ours.
    Column("files_since", Double, nullable=False),
)

cameras = Table(
    "cameras",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("description", CleanText, nullable=False),
    Column("first_seen", Double, nullable=False),
    Column("last_seen", Double, nullable=False),
)

tracks = Table(
    "tracks",
    metadata,
    Column("camera", CleanText, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("label", CleanText, nullable=False),
    Column("start", Double, nullable=False),
    Column("end", Double, nullable=False),
    Column("score", Double, nullable=False),
    Column("path", CleanJson, nullable=False),
    Column("embedding", HalfVector),
    Index("ix_tracks_start", "start"),
    Index("ix_tracks_camera", "camera", "start"),
)

candidates = Table(
    "candidates",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("camera", CleanText, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("rule", CleanText, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("start", Double, nullable=False),
    Column("triggered", Double, nullable=False),
    Column("peak", Double, nullable=False),
    Column("end", Double),
    Column("score", Double, nullable=False),
    Column("scores", CleanJson, nullable=False),
    Column("final_score", Double),
    Column("final_scores", CleanJson),
    Column("tracks", CleanJson, nullable=False),
    Column("label", CleanText, nullable=False),
    Column("zone", CleanText),
    Column("box", CleanJson),
    Column("attributes", CleanJson, nullable=False, server_default="{}"),
    # The bundle that looked; null where that is not known.
    Column("bundle", CleanText),
    Column("action", CleanText, nullable=False),
    Column("reason", Words, nullable=False),
    Column("policy_version", CleanText, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("threshold_low", Double),
    Column("threshold_high", Double),
    Column("probability", Double, nullable=False),
    Column("alert_without_brain", Boolean, nullable=False),
    Column("deadline", Double),
    Column("created_at", Double, nullable=False),
    Index("ix_candidates_triggered", "triggered", "id"),
    Index("ix_candidates_camera", "camera", "triggered"),
    Index("ix_candidates_kind", "kind", "triggered"),
)

cases = Table(
    "cases",
    metadata,
    _shared_id("candidates"),
    Column("state", CleanText, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("triggered", Double, nullable=False),
    Column("deadline", Double),
    Column("attempts", Integer, nullable=False),
    Column("lease_owner", CleanText),
    Column("lease_until", Double),
    Column("not_before", Double),
    Column("error", Words),
    # What a verdict is worth now, for the order of the queue; and the case whose verdict it shares.
    Column("value", Double, nullable=False, server_default="0"),
    Column("merged_into", CleanText),
    # What it looks like, for filters; and the filter that held it back, or that it is an audit of.
    Column("look", CleanJson),
    Column("filter_id", CleanText),
    Column("created_at", Double, nullable=False),
    Column("settled_at", Double),
    # Settled cases pile up for ever, open ones do not: the queue has an index of the open ones alone.
    Index(
        "ix_cases_open",
        "priority",
        "triggered",
        sqlite_where=text("state != 'settled'"),
        postgresql_where=text("state != 'settled'"),
    ),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", CleanText, ForeignKey("cases.id"), nullable=False, index=True),
    Column("worker", CleanText),
    Column("verification", CleanText, nullable=False),
    Column("probability", Double),
    Column("calibrated", Boolean, nullable=False),
    Column("answers", WordsJson, nullable=False),
    Column("evidence", CleanJson, nullable=False),
    Column("summary", Words, nullable=False),
    Column("model", CleanText, nullable=False),
    Column("prompt_version", CleanText, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("tokens_in", BigInteger),
    Column("tokens_out", BigInteger),
    Column("cost", Double),
    Column("latency", Double, nullable=False),
    Column("raw", Double),
    Column("probability_source", CleanText),
    Column("notes", WordsJson, nullable=False, server_default="[]"),
    Column("created_at", Double, nullable=False),
)

events = Table(
    "events",
    metadata,
    _shared_id("candidates"),
    Column("verification", CleanText, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("alert", Boolean, nullable=False),
    Column("note", Words),
    # The verdict that counted; a worker that lost its lease may have left others.
    Column("verdict_id", Integer, ForeignKey("verdicts.id"), index=True),
    # When the recorder was done, with or without a clip; null while a clip is still to come.
    Column("attached_at", Double),
    Column("settled_at", Double),
    Index(
        "ix_events_unrecorded",
        "id",
        sqlite_where=text("attached_at IS NULL"),
        postgresql_where=text("attached_at IS NULL"),
    ),
)

steps = Table(
    "steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", CleanText, ForeignKey("events.id", name="fk_steps_event_id_events"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("time", Double, nullable=False),
    Column("verification", CleanText, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("note", Words),
    Column("truth", Boolean),
    # Set by the one publisher, together with what people are told; null until then.
    Column("position", BigInteger),
    Column("word", CleanText, nullable=False, server_default="none"),
    Column("why", CleanText, nullable=False),
    Column("incident", CleanText),
    Index("ix_steps_event_id", "event_id", "number", unique=True),
    Index("ix_steps_position", "position", unique=True),
    Index(
        "ix_steps_unpublished",
        "id",
        sqlite_where=text("position IS NULL"),
        postgresql_where=text("position IS NULL"),
    ),
    # What was told lately, for cooldown and grouping.
    Index(
        "ix_steps_told", "time", sqlite_where=text("word != 'none'"), postgresql_where=text("word != 'none'")
    ),
)

channel_cursors = Table(
    "channel_cursors",
    metadata,
    # How far each reader of the published steps has come.
    Column("channel", CleanText, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    # Steps on their way to the receivers of alerts.
    Column("channel", CleanText, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "event_id", CleanText, ForeignKey("events.id", name="fk_deliveries_event_id_events"), nullable=False
    ),
    Column("number", Integer, nullable=False),
    Column("state", CleanText, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Double, nullable=False),
    Column("error", Words),
    Column("created_at", Double, nullable=False),
    Column("sent_at", Double),
    Index("ix_deliveries_due", "channel", "state", "next_at"),
    Index("ix_deliveries_event_id", "event_id", "channel"),
)

clips = Table(
    "clips",
    metadata,
    _shared_id("events"),
    # Null where only key frames could be had.
    Column("path", CleanText),
    Column("start", Double),
    Column("end", Double),
    Column("offset", Double),
    Column("codec", CleanText),
    Column("reencoded", Boolean),
    Column("size", BigInteger),
    Column("key_frames", CleanJson, nullable=False),
    Column("protected", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    # When its age begins; and the size of clip and key frames, null until retention has measured them.
    Column("age_from", Double, nullable=False, server_default="0"),
    Column("bytes", BigInteger),
    # Retention asks every minute: what it sums and orders by is in one narrow index.
    Index("ix_clips_age", "age_from", "id", "bytes", "size"),
    Index(
        "ix_clips_unmeasured",
        "id",
        sqlite_where=text("bytes IS NULL"),
        postgresql_where=text("bytes IS NULL"),
    ),
)

calls = Table(
    "calls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("time", Double, nullable=False),
    Column("purpose", CleanText, nullable=False),
    Column("case_id", CleanText, nullable=False),
    Column("camera", CleanText, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("backend", CleanText, nullable=False),
    Column("destination", CleanText, nullable=False),
    Column("remote", Boolean, nullable=False),
    Column("outcome", CleanText, nullable=False),
    Column("egress", CleanText, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("digest", CleanText, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("tokens_in", BigInteger),
    Column("tokens_out", BigInteger),
    Column("cost", Double),
    Index("ix_calls_time", "time"),
    Index("ix_calls_camera", "camera", "time"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    # The newest feedback on an event counts; the older ones stay.
    Column("event_id", CleanText, ForeignKey("events.id"), nullable=False, index=True),
    # Null where a person could not tell either.
    Column("truth", Boolean),
    Column("author", CleanText, nullable=False),
    Column("note", Words),
    Column("created_at", Double, nullable=False),
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", CleanText, nullable=False),
    Column("model", CleanText, nullable=False),
    # Of the raw probability, as in `verdicts`: two sources are two scales.
    Column("source", CleanText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("method", CleanText, nullable=False),
    Column("parameters", CleanJson, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("ece_before", Double, nullable=False),
    Column("ece_after", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("ix_calibrations_kind", "kind", "model", "source", "version", unique=True),
)

filters = Table(
    "filters",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("camera", CleanText, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("state", CleanText, nullable=False),
    Column("box", CleanJson, nullable=False),
    Column("look", CleanJson, nullable=False),
    Column("overlap", Double, nullable=False),
    Column("radius", Double, nullable=False),
    # Ids of the rejected cases it was made from, and what the shadow test found.
    Column("evidence", CleanJson, nullable=False),
    Column("shadow", CleanJson, nullable=False),
    Column("hits", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    # Seconds that it holds from each proof on.
    Column("life", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("note", Words),
    Index("ix_filters_camera", "camera", "kind"),
)

counters = Table(
    "counters",
    metadata,
    Column("camera", CleanText, primary_key=True),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("name", CleanText, primary_key=True),
    Column("value", Double, nullable=False),
    Index("ix_counters_minute", "minute"),
)

suspects = Table(
    "suspects",
    metadata,
    # The tracks of `candidates.tracks`, so that who was suspected can be found among the visits.
    Column(
        "candidate_id",
        CleanText,
        ForeignKey("candidates.id", name="fk_suspects_candidate_id_candidates"),
        primary_key=True,
    ),
    Column("camera", CleanText, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Index("ix_suspects_camera", "camera", "epoch", "number"),
)

visits = Table(
    "visits",
    metadata,
    Column("camera", CleanText, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("zone", CleanText, primary_key=True),
    Column("enter", Double, primary_key=True),
    Column("leave", Double, nullable=False),
    Column("label", CleanText, nullable=False),
    # Where the feet were, as shares of the picture: one who is lost and found again is so known.
    Column("enter_x", Double, nullable=False),
    Column("enter_y", Double, nullable=False),
    Column("leave_x", Double, nullable=False),
    Column("leave_y", Double, nullable=False),
    Column("entered_by", CleanText),
    Column("left_by", CleanText),
    Column("attributes", CleanJson, nullable=False),
    Index("ix_visits_enter", "enter"),
    # Questions name a zone, hence its camera, and a time.
    Index("ix_visits_camera", "camera", "zone", "enter"),
)

coverage = Table(
    "coverage",
    metadata,
    Column("camera", CleanText, primary_key=True),
    Column("state", CleanText, primary_key=True),
    Column("start", Double, primary_key=True),
    Column("end", Double, nullable=False),
    Index("ix_coverage_end", "end"),
)

event_totals = Table(
    "event_totals",
    metadata,
    # What is left of events that were too old; texts are empty where an event has none.
    Column("camera", CleanText, primary_key=True),
    Column("quarter", BigInteger, primary_key=True, autoincrement=False),
    Column("rule", CleanText, primary_key=True),
    Column("kind", CleanText, primary_key=True),
    Column("zone", CleanText, primary_key=True),
    Column("product", CleanText, primary_key=True),
    Column("verification", CleanText, primary_key=True),
    Column("truth", CleanText, primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("alerts", BigInteger, nullable=False),
    Index("ix_event_totals_quarter", "quarter"),
)

horizons = Table(
    "horizons",
    metadata,
    # Until when rows of a kind are gone, or only sums of them are left.
    Column("what", CleanText, primary_key=True),
    Column("camera", CleanText, primary_key=True),
    Column("until", Double, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("role", CleanText, nullable=False),
    # Null: all cameras.
    Column("cameras", CleanJson),
    # Salted and stretched; null for users of tokens alone.
    Column("password", Text),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
)

passes = Table(
    "passes",
    metadata,
    # Sessions and API tokens: a digest of the secret, never the secret.
    Column("id", CleanText, primary_key=True),
    Column("kind", CleanText, nullable=False),
    Column(
        "user", CleanText, ForeignKey("users.name", name="fk_passes_user_users"), nullable=False, index=True
    ),
    Column("label", Words, nullable=False),
    Column("digest", CleanText, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("ended_at", Double),
    Index("ix_passes_digest", "digest", unique=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("time", Double, nullable=False),
    Column("who", CleanText, nullable=False),
    Column("what", CleanText, nullable=False),
    Column("target", CleanText, nullable=False),
    Column("before", WordsJson),
    Column("after", WordsJson),
)

reports = Table(
    "reports",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("kind", CleanText, nullable=False),
    Column("shift", CleanText, nullable=False),
    Column("start", Double, nullable=False),
    Column("end", Double, nullable=False),
    Column("timezone", CleanText, nullable=False),
    Column("language", CleanText, nullable=False),
    # Figures and names as the room `report` writes them, and the sentences around them with slots for both.
    Column("facts", CleanText, nullable=False),
    Column("prose", CleanText, nullable=False),
    Column("writer", CleanText, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("ix_reports_kind", "kind", "shift", "start"),
    Index("ix_reports_start", "start", "id"),
)

report_deliveries = Table(
    "report_deliveries",
    metadata,
    # Reports on their way to the receivers of alerts.
    Column("channel", CleanText, primary_key=True),
    Column(
        "report_id",
        CleanText,
        ForeignKey("reports.id", name="fk_report_deliveries_report_id_reports"),
        primary_key=True,
    ),
    Column("state", CleanText, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Double, nullable=False),
    Column("error", Words),
    Column("created_at", Double, nullable=False),
    Column("sent_at", Double),
    Index("ix_report_deliveries_due", "channel", "state", "next_at"),
)
