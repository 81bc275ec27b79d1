/*
title.en = "History of one member"
title.zh = "个人变更历史"
description.en = """
Every event about one person, also the roles, the departments to lead and the records that came or went, and what happened at targets: when, who did it, in which run, and what it said."""
description.zh = """
某个人的全部事件，包括角色、负责部门和来源记录的得失，以及在各目标系统中的操作：时间、操作者、同步批次和内容。"""
parameters = ["member"]
*/
WITH
    who AS (
        SELECT uid FROM members WHERE org = $org AND $member IN (uid, id)
        UNION
        SELECT uid FROM links WHERE org = $org AND kind = 'member' AND id = $member
    ),
    touching AS (
        SELECT position FROM events SEMI JOIN who ON entity = uid WHERE org = $org AND kind = 'member'
        UNION
        SELECT unnest([valid_from, valid_to]) FROM grants SEMI JOIN who ON member = uid
        WHERE org = $org
        UNION
        SELECT unnest([valid_from, valid_to]) FROM leaders SEMI JOIN who ON member = uid
        WHERE org = $org
        UNION
        SELECT unnest([l.valid_from, l.valid_to]) FROM links l SEMI JOIN who ON l.uid = who.uid
        WHERE l.org = $org AND l.kind = 'member'
    )
SELECT
    e.position,
    e.time,
    e.name AS event,
    e.kind,
    e.entity,
    e.actor,
    e.source,
    e.run,
    e.cause,
    json_merge_patch(e.payload, '{"uid": null}') AS said
FROM events e SEMI JOIN touching t ON e.position = t.position
ORDER BY e.position
