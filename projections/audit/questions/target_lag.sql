/*
title.en = "How far targets are behind"
title.zh = "目标系统落后多少"
description.en = """
For each target the last delivery that came to its end, the events about the organization since then, the oldest of them, and how many operations are still open."""
description.zh = """
每个目标系统最近一次完成的下发、此后的组织变更数及其中最早的一个，以及尚未完成的操作数。"""
parameters = ["target"]
*/
WITH
    targets AS (
        SELECT target FROM outcomes WHERE org = $org
        UNION
        SELECT system FROM runs WHERE org = $org AND mode = 'deliver'
    ),
    brought AS (
        SELECT
            system AS target,
            arg_max(run, finished) AS run,
            max(finished) AS finished,
            arg_max(up_to, finished) AS up_to
        FROM runs
        WHERE org = $org AND up_to IS NOT NULL
        GROUP BY system
    ),
    waiting AS (
        SELECT t.target, count(*) AS events, min(e.time) AS oldest
        FROM targets t
        LEFT JOIN brought b USING (target)
        JOIN events e
            ON e.org = $org AND e.category = 'directory' AND e.position > coalesce(b.up_to, 0)
        GROUP BY t.target
    ),
    open AS (
        SELECT
            target,
            count(*) FILTER (WHERE outcome = 'refused') AS refused,
            count(*) FILTER (WHERE outcome = 'deferred') AS deferred,
            count(*) FILTER (WHERE outcome = 'parked') AS parked
        FROM failures
        WHERE org = $org AND valid_to IS NULL
        GROUP BY target
    )
SELECT
    target,
    b.run,
    b.finished,
    b.up_to,
    coalesce(w.events, 0) AS events_behind,
    w.oldest AS oldest_waiting,
    coalesce(o.refused, 0) AS refused,
    coalesce(o.deferred, 0) AS deferred,
    coalesce(o.parked, 0) AS parked
FROM targets t
LEFT JOIN brought b USING (target)
LEFT JOIN waiting w USING (target)
LEFT JOIN open o USING (target)
WHERE coalesce(target = $target, true)
ORDER BY target
