-- The intervals that begin with the creation of a member, from the creations themselves: the table
-- ``rows`` has the batch's events, ``created`` the positions of those of a new member whose record
-- was nobody's before, and whether that record is in the organization's own source.

CREATE OR REPLACE TEMP TABLE made AS
SELECT r.position, r.time, split_part(r.address, '.', 1) AS org, r.entity, c.own, from_json(
    r.payload,
    '{
        "name": "VARCHAR", "email": "VARCHAR", "mobile": "VARCHAR", "job_number": "VARCHAR",
        "title": "VARCHAR", "avatar": "VARCHAR", "active": "BOOLEAN", "details": "JSON",
        "departments": ["VARCHAR"], "main_department": "VARCHAR",
        "origin": {"system": "VARCHAR", "id": "VARCHAR"}
    }'
) AS fact
FROM rows r JOIN created c USING (position);

INSERT INTO members BY NAME
SELECT
    org, entity AS uid, if(own, fact.origin.id, NULL) AS id, fact.name, fact.email, fact.mobile,
    fact.job_number, fact.title, fact.avatar,
    if(coalesce(fact.active, true), 'active', 'deactivated') AS state,
    fact.details, position AS valid_from, time AS time_from
FROM made;

INSERT INTO memberships BY NAME
SELECT
    org, entity AS member, department,
    coalesce(department = main, false) AS is_main, position AS valid_from, time AS time_from
FROM (
    SELECT
        org, entity, position, time, fact.main_department AS main,
        unnest(list_distinct(fact.departments)) AS department
    FROM made
);

INSERT INTO links BY NAME
SELECT
    org, fact.origin.system, 'member' AS kind, fact.origin.id, entity AS uid,
    position AS valid_from, time AS time_from
FROM made WHERE fact.origin.id IS NOT NULL;

DROP TABLE made;
