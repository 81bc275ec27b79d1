/*
title.en = "Where a member has accounts"
title.zh = "某人在各目标系统中的账号"
description.en = """
Every account that one person has or had at a target: its id there, whether it is open, closed or gone, since when, and what went wrong with it last, if that is so still."""
description.zh = """
某人在各目标系统中现有和曾有的账号：标识，启用、关闭或已不存在，起始时间，以及尚未解决的最近一次失败。"""
parameters = ["member"]
*/
WITH
    who AS (
        SELECT uid FROM members WHERE org = $org AND $member IN (uid, id)
        UNION
        SELECT uid FROM links WHERE org = $org AND kind = 'member' AND id = $member
    ),
    account AS (
        SELECT
            p.target,
            p.entity,
            p.remote,
            min(p.time_from) AS created,
            arg_max(p.closed, p.valid_from) AS closed,
            arg_max(p.time_from, p.valid_from) AS since,
            CASE WHEN count(*) = count(p.valid_to) THEN max(p.time_to) END AS ended
        FROM placements p SEMI JOIN who ON p.entity = who.uid
        WHERE p.org = $org AND p.kind = 'member'
        GROUP BY p.target, p.entity, p.remote
    ),
    failed AS (
        SELECT
            f.target,
            f.entity,
            arg_max(f.action, f.valid_from) AS action,
            arg_max(f.outcome, f.valid_from) AS outcome,
            arg_max(f.reason, f.valid_from) AS reason,
            arg_max_null(f.fix, f.valid_from) AS fix
        FROM failures f SEMI JOIN who ON f.entity = who.uid
        WHERE f.org = $org AND f.kind = 'member' AND f.valid_to IS NULL
        GROUP BY f.target, f.entity
    )
SELECT
    target,
    entity AS uid,
    a.remote,
    CASE
        WHEN a.remote IS NULL THEN 'never there'
        WHEN a.ended IS NOT NULL THEN 'gone'
        WHEN a.closed THEN 'closed'
        ELSE 'open'
    END AS state,
    a.created,
    coalesce(a.ended, a.since) AS since,
    f.action AS failed,
    f.outcome,
    f.reason,
    f.fix
FROM account a FULL JOIN failed f USING (target, entity)
ORDER BY target, a.created, a.remote
