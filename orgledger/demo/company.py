"""A generated company, the same every time: three hundred people, Chinese and English names."""

from __future__ import annotations

import random
from itertools import count

from msgspec.structs import replace

from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

NAME = "飞帆科技 Feifan"

_TREE: dict[str, dict[str, list[str]]] = {
    "总裁办 Executive Office": {"": []},
    "研发中心 R&D": {
        "平台 Platform": ["存储 Storage", "网络 Network", "可观测 Observability"],
        "应用 Applications": ["移动 Mobile", "前端 Web", "搜索 Search"],
        "数据 Data": ["数仓 Warehouse", "机器学习 ML"],
        "质量 Quality": [],
    },
    "产品 Product": {"设计 Design": [], "用户研究 User Research": []},
    "销售 Sales": {
        "华东 East China": ["上海 Shanghai", "杭州 Hangzhou"],
        "华南 South China": ["深圳 Shenzhen"],
        "海外 Overseas": ["Berlin", "Singapore"],
    },
    "市场 Marketing": {"品牌 Brand": [], "增长 Growth": []},
    "客户成功 Customer Success": {"实施 Onboarding": [], "支持 Support": []},
    "人力资源 People": {"招聘 Recruiting": [], "薪酬 Payroll": []},
    "财务 Finance": {"会计 Accounting": [], "采购 Procurement": []},
}
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英"
    "子涵雨泽梓萱浩然欣怡宇轩诗琪俊熙思远佳宁晓峰若曦天佑"
)
_FIRST = [
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Elena",
    "Felix",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kira",
    "Leo",
    "Mia",
    "Noah",
    "Olga",
    "Paul",
    "Rosa",
    "Sam",
    "Tara",
    "Viktor",
]
_LAST = [
    "Weber",
    "Tan",
    "Novak",
    "Silva",
    "Rossi",
    "Lim",
    "Becker",
    "Costa",
    "Müller",
    "Ng",
    "Dubois",
    "Kaur",
    "Berg",
    "Ortiz",
    "Ito",
]
_TITLES = (
    "工程师 Engineer",
    "高级工程师 Senior Engineer",
    "经理 Manager",
    "专员 Specialist",
    "顾问 Consultant",
)
_ROLES = (
    ("管理 Administration", "安全管理员 Security Officer", 3),
    ("管理 Administration", "审计员 Auditor", 4),
    ("项目 Projects", "Scrum Master", 9),
    ("项目 Projects", "值班 On Call", 14),
    ("行政 Facilities", "消防员 Fire Warden", 11),
)


def company(people: int = 320, seed: int = 20261121) -> Roster:
    """The company as a roster; ids are DingTalk-like (numbers for departments and roles)."""
    chance = random.Random(seed)  # noqa: S311 - a fixed seed, so that every demo is the same
    departments = _departments()
    leaves = [d.id for d in departments if all(c.parent_id != d.id for c in departments)]
    members = [_member(number, leaves, chance) for number in range(people)]
    by_department: dict[str, list[MemberRecord]] = {}
    for member in members:
        for department in member.departments:
            by_department.setdefault(department, []).append(member)
    led = [
        replace(d, leaders=(by_department[d.id][0].id,) if d.id in by_department else ())
        for d in departments
    ]
    chiefs = {d.id: d.leaders[0] for d in led if d.leaders}
    members = [
        replace(m, manager=chief if (chief := chiefs.get(m.departments[0])) != m.id else None)
        for m in members
    ]
    roles = [
        RoleRecord(
            id=str(900_001 + number),
            name=name,
            group=group,
            members=tuple(m.id for m in chance.sample(members, holders)),
        )
        for number, (group, name, holders) in enumerate(_ROLES)
    ]
    return Roster(departments=tuple(led), members=tuple(members), roles=tuple(roles))


def _departments() -> list[DepartmentRecord]:
    ids = count(50_001)
    found: list[DepartmentRecord] = []

    def add(name: str, parent: str | None, order: int) -> str:
        record = DepartmentRecord(id=str(next(ids)), name=name, parent_id=parent, order=order)
        found.append(record)
        return record.id

    for place, (name, teams) in enumerate(_TREE.items(), 1):
        top = add(name, None, place)
        for team_place, (team, groups) in enumerate(teams.items(), 1):
            if team:
                middle = add(team, top, team_place)
                for group_place, group in enumerate(groups, 1):
                    add(group, middle, group_place)
    return found


def _member(number: int, leaves: list[str], chance: random.Random) -> MemberRecord:
    if number % 5 == 4:
        name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
    else:
        given = "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2))))
        name = chance.choice(_SURNAMES) + given
    home = leaves[number % len(leaves)]
    second = chance.choice(leaves)
    several = number % 17 == 0 and second != home
    return MemberRecord(
        id=f"ff{number + 1:04}",
        name=name,
        departments=(home, second) if several else (home,),
        email=f"ff{number + 1:04}@feifan.example",
        mobile=f"139{number:08}",
        job_number=f"F{number + 1:04}",
        title=chance.choice(_TITLES),
        active=True,
    )
