-- The audit file. Whoever changes this text makes older files outdated: they are then rebuilt.
-- No primary keys or indexes: the log is totally ordered and the projector is its only writer.

CREATE TABLE projection (schema VARCHAR, position BIGINT);

CREATE TABLE events (
    position BIGINT NOT NULL,
    time TIMESTAMPTZ NOT NULL,
    org VARCHAR NOT NULL,
    category VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    source VARCHAR,
    run VARCHAR,
    cause BIGINT,
    payload JSON NOT NULL
);

CREATE TABLE runs (
    org VARCHAR NOT NULL,
    run VARCHAR NOT NULL,
    system VARCHAR,
    mode VARCHAR,
    status VARCHAR NOT NULL,
    started TIMESTAMPTZ,
    finished TIMESTAMPTZ,
    read JSON,
    kept JSON,
    planned BIGINT,
    appended BIGINT,
    acknowledged BIGINT,
    verified BIGINT,
    deferred BIGINT,
    parked BIGINT,
    stuck BIGINT,
    up_to BIGINT,
    calls BIGINT,
    refused BIGINT,
    gaps BIGINT,
    error VARCHAR,
    reason VARCHAR,
    approved_by VARCHAR,
    continued_by VARCHAR,
    position BIGINT NOT NULL
);

CREATE TABLE outcomes (
    org VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    action VARCHAR,
    run VARCHAR,
    position BIGINT NOT NULL,
    time TIMESTAMPTZ NOT NULL,
    outcome VARCHAR NOT NULL,
    code VARCHAR,
    reason VARCHAR,
    fix VARCHAR,
    remote VARCHAR,
    up_to BIGINT,
    members BIGINT NOT NULL,
    changed VARCHAR[] NOT NULL,
    closed BOOLEAN NOT NULL,
    gone BOOLEAN NOT NULL,
    warning VARCHAR
);

-- What was valid from the event at valid_from until the one at valid_to, which is no longer part
-- of it; an open interval has no valid_to. time_from and time_to are the times of those events.

CREATE TABLE organizations (
    org VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    source VARCHAR,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    time_from TIMESTAMPTZ NOT NULL,
    time_to TIMESTAMPTZ
);

CREATE TABLE departments (
    org VARCHAR NOT NULL,
    uid VARCHAR NOT NULL,
    id VARCHAR,
    name VARCHAR NOT NULL,
    parent VARCHAR,
    place BIGINT,
    state VARCHAR NOT NULL,
    merged_into VARCHAR,
    details JSON,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    time_from TIMESTAMPTZ NOT NULL,
    time_to TIMESTAMPTZ
);

CREATE TABLE members (
    org VARCHAR NOT NULL,
    uid VARCHAR NOT NULL,
    id VARCHAR,
    name VARCHAR NOT NULL,
    email VARCHAR,
    mobile VARCHAR,
    job_number VARCHAR,
    title VARCHAR,
    avatar VARCHAR,
    manager VARCHAR,
    state VARCHAR NOT NULL,
    details JSON,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    time_from TIMESTAMPTZ NOT NULL,
    time_to TIMESTAMPTZ
);

CREATE TABLE memberships (
    org VARCHAR NOT NULL,
    member VARCHAR NOT NULL,
    department VARCHAR NOT NULL,
    is_main BOOLEAN NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    time_from TIMESTAMPTZ NOT NULL,
    time_to TIMESTAMPTZ
);

CREATE TABLE leaders (
    org VARCHAR NOT NULL,
    department VARCHAR,
    member VARCHAR NOT NULL,
    place BIGINT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    time_from TIMESTAMPTZ NOT NULL,
    time_to TIMESTAMPTZ
);

CREATE TABLE role_groups (
    org VARCHAR NOT NULL,
    uid VARCHAR NOT NULL,
    id VARCHAR,
    name VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    time_from TIMESTAMPTZ NOT NULL,
    time_to TIMESTAMPTZ
);

CREATE TABLE roles (
    org VARCHAR NOT NULL,
    uid VARCHAR NOT NULL,
    id VARCHAR,
    name VARCHAR NOT NULL,
    role_group VARCHAR,
    state VARCHAR NOT NULL,
    details JSON,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    time_from TIMESTAMPTZ NOT NULL,
    time_to TIMESTAMPTZ
);

CREATE TABLE grants (
    org VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    member VARCHAR NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    time_from TIMESTAMPTZ NOT NULL,
    time_to TIMESTAMPTZ
);

CREATE TABLE links (
    org VARCHAR NOT NULL,
    system VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    uid VARCHAR NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    time_from TIMESTAMPTZ NOT NULL,
    time_to TIMESTAMPTZ
);

CREATE TABLE placements (
    org VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    remote VARCHAR NOT NULL,
    closed BOOLEAN NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    time_from TIMESTAMPTZ NOT NULL,
    time_to TIMESTAMPTZ
);

CREATE TABLE failures (
    org VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    member VARCHAR,
    outcome VARCHAR NOT NULL,
    code VARCHAR,
    reason VARCHAR NOT NULL,
    fix VARCHAR,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    time_from TIMESTAMPTZ NOT NULL,
    time_to TIMESTAMPTZ
);

-- Everything that has a name, of every kind, whenever it was so.

CREATE VIEW entities AS
SELECT org, 'organization' AS kind, org AS uid, org AS id, name, valid_from, valid_to
FROM organizations
UNION ALL SELECT org, 'department', uid, id, name, valid_from, valid_to FROM departments
UNION ALL SELECT org, 'member', uid, id, name, valid_from, valid_to FROM members
UNION ALL SELECT org, 'role', uid, id, name, valid_from, valid_to FROM roles
UNION ALL SELECT org, 'role_group', uid, id, name, valid_from, valid_to FROM role_groups;

-- The state at a position: everything that the events up to and including it had made.

CREATE MACRO is_valid(valid_from, valid_to, at_position) AS
    valid_from <= at_position AND (valid_to IS NULL OR valid_to > at_position);

-- A day in a time zone, as moments; without a day, without a limit.

CREATE MACRO day_start(day, zone) AS
    coalesce(timezone(zone, CAST(CAST(day AS DATE) AS TIMESTAMP)), TIMESTAMPTZ '-infinity');

CREATE MACRO day_end(day, zone) AS
    coalesce(timezone(zone, CAST(CAST(day AS DATE) + 1 AS TIMESTAMP)), TIMESTAMPTZ 'infinity');

CREATE MACRO position_at(organization, moment) AS (
    SELECT coalesce(max(e.position), 0)
    FROM events e
    WHERE e.org = organization AND e.time <= CAST(moment AS TIMESTAMPTZ)
);

CREATE MACRO departments_at_position(organization, at_position) AS TABLE
WITH RECURSIVE
    present AS (
        SELECT d.*
        FROM departments d
        WHERE d.org = organization
            AND d.state = 'active'
            AND is_valid(d.valid_from, d.valid_to, at_position)
    ),
    tree AS (
        SELECT p.*, p.name AS path, 1 AS depth
        FROM present p
        WHERE p.parent IS NULL OR p.parent NOT IN (SELECT q.uid FROM present q)
        UNION ALL
        SELECT p.*, t.path || '/' || p.name, t.depth + 1
        FROM present p JOIN tree t ON p.parent = t.uid
    )
SELECT t.org, t.uid, t.id, t.name, t.path, t.depth, t.parent, t.place, t.details
FROM tree t;

CREATE MACRO members_at_position(organization, at_position) AS TABLE
WITH belongs AS (
    SELECT
        s.member,
        list(s.department ORDER BY s.is_main DESC, s.department) AS departments,
        any_value(s.department) FILTER (WHERE s.is_main) AS main_department
    FROM memberships s
    WHERE s.org = organization
        AND is_valid(s.valid_from, s.valid_to, at_position)
    GROUP BY s.member
)
SELECT
    m.org, m.uid, m.id, m.name, m.email, m.mobile, m.job_number, m.title, m.avatar, m.manager,
    m.state, coalesce(b.departments, []) AS departments, b.main_department, m.details
FROM members m LEFT JOIN belongs b ON b.member = m.uid
WHERE m.org = organization
    AND m.state <> 'resigned'
    AND is_valid(m.valid_from, m.valid_to, at_position);

CREATE MACRO departments_at(organization, moment) AS TABLE
SELECT * FROM departments_at_position(organization, position_at(organization, moment));

CREATE MACRO members_at(organization, moment) AS TABLE
SELECT * FROM members_at_position(organization, position_at(organization, moment));

CREATE VIEW current_departments AS
WITH RECURSIVE
    present AS (SELECT * FROM departments WHERE state = 'active' AND valid_to IS NULL),
    tree AS (
        SELECT p.*, p.name AS path, 1 AS depth
        FROM present p LEFT JOIN present q ON q.org = p.org AND q.uid = p.parent
        WHERE q.uid IS NULL
        UNION ALL
        SELECT p.*, t.path || '/' || p.name, t.depth + 1
        FROM present p JOIN tree t ON p.org = t.org AND p.parent = t.uid
    )
SELECT org, uid, id, name, path, depth, parent, place, details, valid_from, time_from
FROM tree;

CREATE VIEW current_members AS
WITH belongs AS (
    SELECT
        s.org,
        s.member,
        list(s.department ORDER BY s.is_main DESC, d.path) AS departments,
        list(d.path ORDER BY s.is_main DESC, d.path) AS paths,
        any_value(s.department) FILTER (WHERE s.is_main) AS main_department
    FROM memberships s LEFT JOIN current_departments d ON d.org = s.org AND d.uid = s.department
    WHERE s.valid_to IS NULL
    GROUP BY s.org, s.member
)
SELECT
    m.org, m.uid, m.id, m.name, m.email, m.mobile, m.job_number, m.title, m.avatar, m.manager,
    m.state, coalesce(b.departments, []) AS departments, coalesce(b.paths, []) AS paths,
    b.main_department, m.details, m.valid_from, m.time_from
FROM members m LEFT JOIN belongs b ON b.org = m.org AND b.member = m.uid
WHERE m.valid_to IS NULL AND m.state <> 'resigned';
