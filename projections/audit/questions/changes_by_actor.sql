/*
title.en = "Who changed how much"
title.zh = "谁改了多少"
description.en = """
Events by actor, source and kind of change: how many, about how many things, the first and the last."""
description.zh = """
按操作者、来源和变更类型统计：次数、涉及对象数、首次与最近一次。"""
parameters = ["since", "until", "zone"]
*/
SELECT
    e.actor,
    e.source,
    e.name AS event,
    count(*) AS events,
    count(DISTINCT e.entity) AS entities,
    min(e.time) AS first,
    max(e.time) AS last
FROM events e
WHERE e.org = $org
    AND e.category = 'directory'
    AND e.time >= day_start($since, $zone)
    AND e.time < day_end($until, $zone)
GROUP BY ALL
ORDER BY events DESC, e.actor, e.source, event
