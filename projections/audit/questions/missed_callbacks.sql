/*
title.en = "Changes that no callback announced"
title.zh = "没有回调通知的变更"
description.en = """
What a reading of everything found at a source that tells its changes, and that it had not told: which change, of whom, and how many seconds it can have waited at most."""
description.zh = """
会主动通知变更的数据源，由全量读取才发现的变更：哪种变更、涉及对象，以及最多延迟的秒数。"""
parameters = ["since", "until", "zone"]
*/
SELECT
    e.position,
    e.time,
    e.source,
    e.kind,
    e.entity,
    n.id,
    n.name,
    e.payload ->> 'missed' AS event,
    coalesce(CAST(e.payload ->> 'delay' AS BIGINT), 0) AS delay_seconds,
    e.run
FROM events e
LEFT JOIN entities n
    ON n.org = e.org AND n.kind = e.kind AND n.uid = e.entity
    AND is_valid(n.valid_from, n.valid_to, e.position)
WHERE e.org = $org
    AND e.name = 'DriftDetected'
    AND coalesce(e.payload ->> 'missed', '') <> ''
    AND e.time >= day_start($since, $zone)
    AND e.time < day_end($until, $zone)
ORDER BY e.position
