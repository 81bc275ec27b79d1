/*
title.en = "Runs that need attention"
title.zh = "需要关注的同步"
description.en = """
Runs that failed, were held, finished only in part or never finished, and what became of the held ones."""
description.zh = """
失败、被拦截、部分完成或未结束的同步，以及被拦截者的后续处理。"""
parameters = ["since", "until", "zone"]
*/
SELECT
    run, system, mode, status, started, finished, refused, gaps, reason, approved_by, continued_by
FROM runs
WHERE org = $org
    AND status <> 'finished'
    AND coalesce(started, finished) >= day_start($since, $zone)
    AND coalesce(started, finished) < day_end($until, $zone)
ORDER BY position
