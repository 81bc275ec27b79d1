/*
title.en = "Members in many departments"
title.zh = "身兼多个部门的人员"
description.en = """
People who belong to more than so many departments now, with the full paths, the main one first."""
description.zh = """
目前所属部门数超过指定数量的人员及其部门全路径，主部门在前。"""
parameters = []

[[own]]
name = "more_than"
type = "integer"
default = 1
about.en = "belongs to more departments than this"
about.zh = "所属部门数超过该值"
*/
SELECT uid, id, name, len(departments) AS departments, paths
FROM current_members
WHERE org = $org AND len(departments) > $more_than
ORDER BY len(departments) DESC, name, uid
