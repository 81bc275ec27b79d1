/*
title.en = "What was changed at a target"
title.zh = "目标系统中完成的修改"
description.en = """
Every operation that a target took, and every account that was adopted, between two dates: about whom, what was written, in which run, and what the target did not take with it."""
description.zh = """
两个日期之间目标系统完成的每项操作和接管的每个账号：涉及对象、写入的字段、所属批次，以及目标系统未接受的部分。"""
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
    o.action,
    o.changed,
    o.members,
    o.remote,
    o.run,
    o.warning
FROM outcomes o
LEFT JOIN entities n
    ON n.org = o.org AND n.kind = o.kind AND n.uid = o.entity
    AND is_valid(n.valid_from, n.valid_to, o.position)
WHERE o.org = $org
    AND o.outcome IN ('applied', 'adopted')
    AND coalesce(o.target = $target, true)
    AND o.time >= day_start($since, $zone)
    AND o.time < day_end($until, $zone)
ORDER BY o.position
