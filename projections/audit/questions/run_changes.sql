/*
title.en = "What a run changed"
title.zh = "一次同步的变更"
description.en = """
Every event about the organization that one run recorded, with the name that the entity has after it."""
description.zh = """
一次同步所记录的全部组织变更，以及变更后对象的名称。"""
parameters = ["run"]
*/
SELECT
    e.position,
    e.time,
    e.name AS event,
    e.kind,
    e.entity,
    n.name AS entity_name,
    e.actor,
    json_merge_patch(e.payload, '{"uid": null}') AS said
FROM events e
LEFT JOIN entities n
    ON n.org = e.org AND n.kind = e.kind AND n.uid = e.entity
    AND is_valid(n.valid_from, n.valid_to, e.position)
WHERE e.org = $org AND e.run = $run AND e.category = 'directory'
ORDER BY e.position
