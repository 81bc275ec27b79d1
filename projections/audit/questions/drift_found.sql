/*
title.en = "What others changed at a target"
title.zh = "他人在目标系统中的改动"
description.en = """
What was found at a target different from what had been acknowledged there, or not found any more: about whom, and the values found."""
description.zh = """
目标系统中与已确认状态不一致或已不存在的内容：涉及对象和实际的值。"""
parameters = ["target", "since", "until", "zone"]
*/
SELECT
    o.position,
    o.time,
    o.target,
    o.kind,
    o.entity,
    n.id,
    n.name,
    if(o.gone, 'missing', 'changed') AS what,
    o.changed,
    json_merge_patch(
        e.payload, '{"uid": null, "target": null, "kind": null, "missing": null}'
    ) AS found,
    o.run
FROM outcomes o
JOIN events e USING (position)
LEFT JOIN entities n
    ON n.org = o.org AND n.kind = o.kind AND n.uid = o.entity
    AND is_valid(n.valid_from, n.valid_to, o.position)
WHERE o.org = $org
    AND o.outcome = 'drift'
    AND coalesce(o.target = $target, true)
    AND o.time >= day_start($since, $zone)
    AND o.time < day_end($until, $zone)
ORDER BY o.position
