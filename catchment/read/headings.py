"""The headings of every tabular input: what a column is called, in Chinese and English, and what it may hold."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["code", "text", "word", "flag", "date", "year", "autumn", "whole", "decimal", "number", "share"]

SUMMED = ("whole", "decimal")
"""Kinds that are added up: a merged cell in such a column must not be filled in, it would count twice."""

_UNIT = re.compile(r"\((人|个|间|座|度|°|班|必填|选填|people|pupils|rooms|seats|degrees|deg)\)")
_NOISE = re.compile(r"[\s_\-*:()\[\]【】.,;/\\'\"“”、。·]+")


def plain(text: object) -> str:
    """A text as it is compared: full width as half width, small letters, no spaces or punctuation.

    >>> plain("School ID*"), plain("学生数 （人）")
    ('schoolid', '学生数')
    """
    narrow = unicodedata.normalize("NFKC", str(text)).casefold()
    return _NOISE.sub("", _UNIT.sub("", narrow))


@dataclass(frozen=True)
class Heading:
    """A column: its name in our tables, its kind, its spellings (first the one that templates use) and its limits."""

    name: str
    kind: Kind
    spellings: tuple[str, ...]
    needed: bool = True
    """The column must be there."""
    filled: bool = True
    """Every row must have a value."""
    words: Mapping[str, object] = field(default_factory=dict)
    """The closed vocabulary of a `word`, spelling → value."""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class OtherForm:
    """Another form that is taken for this one: at least two headings like `pattern` give it away."""

    pattern: str
    what: str
    remedy: str


@dataclass(frozen=True)
class Headings:
    """The columns of one kind of sheet."""

    columns: tuple[Heading, ...]
    others: tuple[OtherForm, ...] = ()

    def __getitem__(self, name: str) -> Heading:
        return next(column for column in self.columns if column.name == name)

    @property
    def by_spelling(self) -> dict[str, str]:
        return {plain(s): c.name for c in self.columns for s in (c.name, *c.spellings)}


def words_of(**spellings: str) -> dict[str, object]:
    """A vocabulary out of `value="spelling spelling"`."""
    return {plain(s): value for value, some in spellings.items() for s in (value, *some.split())}


STAGE_WORDS = words_of(
    primary="小学 小学部 小学阶段 elementary", junior="初中 初中部 初级中学 初中阶段 lower_secondary middle"
)
KIND_WORDS = words_of(
    full_primary="完全小学 完小 中心小学 小学",
    teaching_point="教学点 小学教学点 非完全小学",
    junior="初级中学 初中",
    nine_year="九年一贯制学校 九年一贯制",
    complete_secondary="完全中学 完中",
    twelve_year="十二年一贯制学校 十二年一贯制",
)
OWNERSHIP_WORDS = words_of(public="公办 公立 教育部门 县级教育部门", private="民办 私立")
SETTING_WORDS = words_of(urban="城区 城市 111 112", town="镇区 121 122 123", rural="乡村 农村 210 220")
BASIS_WORDS = words_of(resident="常住 常住人口 residents", registered="户籍 户籍人口")
PROJECT_WORDS = words_of(
    new="新建", relocated="迁建 搬迁 易地新建 异地新建", expanded="扩建 改扩建 改建 extension",
    temporary="临时扩班 租用 租赁 临时 leased", converted="改制 转型 改办 conversion", closed="撤并 撤销 合并 merged",
)  # fmt: skip
FLAG_WORDS: dict[str, object] = {
    **dict.fromkeys(("是", "有", "1", "yes", "true", "y"), True),
    **dict.fromkeys(("否", "无", "0", "no", "false", "n"), False),
}
_DIGITS = "一二三四五六七八九"
GRADE_WORDS: dict[str, object] = {
    **{str(i): i for i in range(1, 10)},
    **{f"{i}年级": i for i in range(1, 10)},
    **{f"{d}年级": i for i, d in enumerate(_DIGITS, 1)},
    **{f"小学{d}年级": i for i, d in enumerate(_DIGITS[:6], 1)},
    **{form.format(d): i for i, d in enumerate(_DIGITS[:3], 7) for form in ("初{}", "初中{}年级", "初{}年级")},
}
_SENIOR = {form.format(d): i for i, d in enumerate("一二三", 10) for form in ("高{}", "高中{}年级", "高{}年级")}
ENROLMENT_GRADE_WORDS: dict[str, object] = {
    **dict.fromkeys(("0", "k", "kg", "kindergarten", "大班", "幼儿园大班", "学前班"), 0),
    **GRADE_WORDS,
    **_SENIOR,
    **{form.format(i): i for i in range(14) for form in ("{}", "{:02}", "grade{}")},
}
"""Pupils are also told before grade 1 and after grade 9; nursery classes (PK, 中班) are no year before grade 1."""
STATUS_WORDS = words_of(
    all="全部 合计 总计 不分 total",
    local="户籍 本地 本县户籍",
    migrant="随迁 随迁子女 外来 外来务工人员随迁子女 非户籍",
)
EVENT_WORDS = words_of(
    closes="撤并 停办 撤销 撤点 closed",
    merges="合并 并入 merged",
    renamed="更名 换代码 更换代码 renames",
    zone_change="片区调整 招生片区调整 划片调整 调片 zone",
)
COUNTY_WORDS = frozenset(map(plain, ("全市", "全县", "全区", "全域", "county")))


def or_county(name: str) -> str:
    """`*` for a word that means the whole county, any other name as it is.

    >>> or_county("全市"), or_county("*"), or_county("441881101")
    ('*', '*', '441881101')
    """
    return "*" if plain(name) in COUNTY_WORDS else name


SCHOOL_ID = ("学校标识码", "学校代码", "标识码", "school id", "school code")
LON = Heading("lon", "number", ("经度", "东经", "longitude", "lng", "学校经度", "经纬度 经度"), low=-180, high=180)
LAT = Heading("lat", "number", ("纬度", "北纬", "latitude", "学校纬度", "经纬度 纬度"), low=-180, high=180)
AREA = ("镇街代码", "乡镇代码", "乡镇街道代码", "行政区划代码", "区划代码", "地区代码", "area", "area code")
STAGE = Heading("stage", "word", ("学段", "办学学段", "school stage", "level"), words=STAGE_WORDS)

SCHOOLS = Headings(
    (
        Heading("school_id", "code", SCHOOL_ID),
        STAGE,
        Heading("name", "text", ("学校名称", "校名", "名称", "学校", "school name", "school")),
        Heading("campus_id", "code", ("校区编号", "校区代码", "校区", "campus"), needed=False, filled=False),
        Heading("kind", "word", ("办学类型", "学校类型", "学校类别", "school kind", "type"), words=KIND_WORDS),
        Heading("ownership", "word", ("举办者", "办别", "学校性质", "办学性质", "owner"), words=OWNERSHIP_WORDS),
        Heading(
            "setting", "word", ("城乡类别", "城乡类型", "城乡分类", "驻地城乡类型", "城乡分类代码"), words=SETTING_WORDS
        ),
        Heading("boarding", "flag", ("寄宿", "是否寄宿", "寄宿制", "是否寄宿制", "boarders"), words=FLAG_WORDS),
        Heading(
            "rooms",
            "whole",
            ("教室数", "普通教室数", "教室", "classrooms"),
            needed=False,
            filled=False,
            low=0,
            high=500,
        ),
        Heading(
            "seats", "whole", ("学位数", "学位", "核定学位", "capacity"), needed=False, filled=False, low=0, high=20000
        ),
        LON,
        LAT,
        Heading("area_id", "code", AREA, needed=False, filled=False),
    )
)
CLASSES = Headings(
    (
        Heading("school_id", "code", SCHOOL_ID),
        STAGE,
        Heading("entry_year", "year", ("入学年份", "入学年", "入学年度", "届别", "cohort"), low=1980, high=2200),
        Heading("grade", "word", ("年级", "所在年级", "grade level"), words=GRADE_WORDS),
        Heading("class_no", "code", ("班号", "班级", "班级号", "班次", "class", "class number")),
        Heading(
            "pupils", "whole", ("学生数", "在校生数", "学生人数", "班额", "人数", "number of pupils"), low=0, high=200
        ),
        Heading("snapshot", "date", ("统计日期", "统计时间", "填报日期", "date", "snapshot date")),
    ),
    (
        OtherForm(
            r"\d+人?([-~—–至到]\d+人?|(及|或)?以[上下])|[≤≥<>]=?\d+人?",
            "this is a form of classes by size band (form 212): a band does not tell how many pupils a class has",
            "give the class list, one row per class with its pupils; or name this form in sources.class_bands",
        ),
    ),
)
GATES = Headings(
    (
        Heading("school_id", "code", SCHOOL_ID),
        Heading("name", "text", ("校门", "门名", "校门名称", "gate"), needed=False, filled=False),
        LON,
        LAT,
    )
)
BIRTHS = Headings(
    (
        Heading("area_id", "code", AREA),
        Heading("year", "year", ("年份", "出生年份", "年度", "year of birth"), low=1900, high=2200),
        Heading(
            "month", "whole", ("月份", "出生月份", "月", "month of birth"), needed=False, filled=False, low=1, high=12
        ),
        Heading("basis", "word", ("口径", "统计口径", "counting basis"), needed=False, filled=False, words=BASIS_WORDS),
        Heading("births", "whole", ("出生人数", "出生数", "出生人口", "出生人口数", "新生儿数"), low=0, high=1_000_000),
    )
)
_ENROLLED = (
    Heading("school_id", "code", SCHOOL_ID),
    Heading(
        "stage", "word", STAGE.spellings, needed=False, filled=False,
        words={**STAGE_WORDS, **words_of(all="全部 不分学段")},
    ),
    Heading("year", "autumn", ("年份", "秋季", "学年", "年度", "统计年份", "autumn", "school year"), low=1900, high=2200),
    Heading(
        "status", "word", ("户籍类别", "户籍状况", "学生类别", "户籍", "生源", "residence"),
        needed=False, filled=False, words=STATUS_WORDS,
    ),
)  # fmt: skip
ENROLMENT = Headings(
    (
        *_ENROLLED,
        Heading("grade", "word", ("年级", "所在年级", "grade level"), words=ENROLMENT_GRADE_WORDS),
        Heading(
            "pupils", "whole", ("学生数", "在校生数", "在校生", "学生人数", "人数", "number of pupils", "enrolment", "enrollment"),
            filled=False, low=0, high=20_000,
        ),
    )
)  # fmt: skip
ENROLMENT_BY_GRADE = Headings(
    (
        *_ENROLLED,
        *(
            Heading(
                f"grade_{grade}", "whole", tuple(word for word, g in ENROLMENT_GRADE_WORDS.items() if g == grade),
                needed=False, filled=False, low=0, high=20_000,
            )
            for grade in range(14)
        ),
    )
)  # fmt: skip
"""The same with one column for each grade."""
EVENTS = Headings(
    (
        Heading("school_id", "code", ("原学校标识码", "转出学校标识码", *SCHOOL_ID, "from school")),
        Heading("to_school_id", "code", ("去向学校标识码", "接收学校标识码", "并入学校标识码", "现学校标识码", "to school")),
        Heading("year", "autumn", ("年份", "秋季", "学年", "生效年份", "autumn", "school year"), low=1900, high=2200),
        Heading("kind", "word", ("类别", "变动类别", "变动类型", "事项", "event"), words=EVENT_WORDS),
        Heading("share", "share", ("比例", "占比", "学生比例", "share of children"), needed=False, filled=False, low=0, high=1),
    )
)  # fmt: skip
HOUSING = Headings(
    (
        Heading("area_id", "code", AREA),
        Heading("year", "year", ("竣工年份", "交付年份", "建成年份", "年份", "year finished"), low=1900, high=2200),
        Heading("type", "text", ("住房类型", "房屋类型", "类型", "dwelling type", "type of dwelling")),
        Heading("dwellings", "whole", ("套数", "户数", "住房套数", "number of dwellings"), low=0, high=1_000_000),
    )
)
ENTRANTS = Headings(
    (
        Heading("area_id", "code", AREA),
        Heading("year", "autumn", ("入学年份", "入学秋季", "秋季", "年份", "autumn", "entry year"), low=1900, high=2200),
        Heading(
            "children", "whole", ("儿童数", "大班人数", "幼儿园大班人数", "适龄儿童数", "人数", "number of children"),
            low=0, high=1_000_000,
        ),
    )
)  # fmt: skip
PAST_FORECASTS = Headings(
    (
        Heading("method", "text", ("预测方法", "方法", "预测者", "forecast")),
        Heading("made", "autumn", ("基准年份", "预测基准年", "base year", "latest year known"), low=1900, high=2200),
        Heading("school_id", "code", SCHOOL_ID),
        Heading(
            "grade", "word", ("年级", "所在年级", "grade level"), needed=False, filled=False,
            words={**ENROLMENT_GRADE_WORDS, **dict.fromkeys(("全部", "全校", "all"))},
        ),
        Heading("year", "autumn", ("年份", "秋季", "学年", "预测年份", "autumn", "school year"), low=1900, high=2200),
        Heading("pupils", "number", ("学生数", "预测学生数", "在校生数", "人数", "number of pupils"), low=0),
    )
)  # fmt: skip
PROJECTS = Headings(
    (
        Heading("candidate_id", "code", ("项目编号", "项目代码", "编号", "project id", "id")),
        Heading("name", "text", ("项目名称", "名称", "project", "project name")),
        STAGE,
        Heading("kind", "word", ("类别", "项目类别", "建设性质", "建设类型", "project kind"), words=PROJECT_WORDS),
        Heading("school_id", "code", SCHOOL_ID, needed=False, filled=False),
        Heading("lon", "number", LON.spellings, needed=False, filled=False, low=-180, high=180),
        Heading("lat", "number", LAT.spellings, needed=False, filled=False, low=-180, high=180),
        Heading("seats", "whole", ("学位数", "新增学位", "新增学位数", "学位"), low=0, high=20000),
        Heading(
            "cost_10k", "decimal", ("投资_万元", "投资额（万元）", "总投资（万元）", "估算投资（万元）", "cost 10k yuan"),
            needed=False, filled=False, low=0, high=10_000_000,
        ),
        Heading(
            "cost_yuan", "decimal", ("投资_元", "投资额（元）", "总投资（元）", "估算投资（元）", "cost (yuan)"),
            needed=False, filled=False, low=0, high=100_000_000_000,
        ),
        Heading("price_year", "year", ("价格年份", "价格基准年", "price base year"), low=1990, high=2200),
        Heading("earliest_year", "year", ("最早启用年份", "最早启用年", "计划启用年份", "earliest opening"), low=2000, high=2200),
        Heading("after", "code", ("前置项目", "前置项目编号", "depends on"), needed=False, filled=False),
        Heading("choice", "text", ("互斥组", "方案组", "alternatives"), needed=False, filled=False),
        Heading("must_build", "flag", ("必建", "已定", "decided"), needed=False, filled=False, words=FLAG_WORDS),
        Heading("land_year", "year", ("用地交付年份", "供地年份", "land available"), needed=False, filled=False, low=1990, high=2200),
        Heading("building_years", "whole", ("建设年数", "建设周期", "years of building"), needed=False, filled=False, low=0, high=10),
        Heading("yearly_yuan", "decimal", ("年运行费_元", "年运行费（元）", "年租金（元）", "running cost (yuan a year)"),
                needed=False, filled=False, low=-1_000_000_000, high=1_000_000_000),
        Heading("lasts_years", "whole", ("使用年数", "租期（年）", "years of use"), needed=False, filled=False, low=1, high=60),
        Heading("seats_lost", "whole", ("减少学位", "减少学位数", "seats lost"), needed=False, filled=False, low=0, high=20000),
        Heading("named_in_policy", "flag", ("文件点名", "是否文件点名", "政策点名", "named"), needed=False, filled=False, words=FLAG_WORDS),
        Heading("parcel_id", "code", ("地块编号", "宗地编号", "parcel", "parcel id"), needed=False, filled=False),
        Heading("remarks", "text", ("备注", "说明", "remark", "notes"), needed=False, filled=False),
    )
)  # fmt: skip

_PERSONAL_WORDS = """
姓名 学生姓名 姓名拼音 曾用名 性别 出生日期 出生年月 出生地 籍贯 民族 国籍/地区 身份证件类型 身份证件号 身份证件号码
身份证件有效期 身份证号 身份证号码 身份证 证件号码 证件号 港澳台侨外 健康状况 政治面貌 户口所在地 现住址 住址 通信地址
家庭地址 家庭住址 联系电话 联系方式 联系人 电话 手机 手机号 手机号码 邮政编码 电子信箱 邮箱 主页地址 学籍号 学籍辅号
班内学号 学号 血型 特长 残疾类型 是否孤儿 是否烈士或优抚子女 班主任 校长 负责人 填表人 审核人 微信 qq
pupil_name student_name full_name first_name last_name surname given_name pupil student gender sex date_of_birth
birth_date birthday id_number id_card national_id passport phone telephone mobile email home_address address
head_teacher contact
"""
_PERSONAL = frozenset(map(plain, _PERSONAL_WORDS.split()))
_PERSONAL_START = ("成员", "家长", "监护人", "父亲", "母亲", "guardian", "parent", "mother", "father")


def personal(heading: str) -> bool:
    """Whether a heading announces something about a person (STANDARDS 2.4a): its column is never read."""
    word = plain(heading)
    return word in _PERSONAL or word.startswith(_PERSONAL_START)


_TOTAL = re.compile(r".{0,8}(合计|小计|总计|共计)(数|人数)?|total|subtotal|grandtotal|sum")
_NOTE = re.compile(r"(注|备注|说明|(填表|制表|填报|审核|审批)(人|日期|单位)?|(单位)?负责人|notes?|source)[:：].*")


def narrow(text: str) -> str:
    """A text as half width, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def is_total(cell: object) -> bool:
    """Whether a cell names its row a total.

    >>> is_total("合　计"), is_total("罗镜镇小计："), is_total("罗镜小学")
    (True, True, False)
    """
    return isinstance(cell, str) and bool(_TOTAL.fullmatch(plain(cell)))


def is_note(cell: object) -> bool:
    """Whether a cell begins a note under the table."""
    return isinstance(cell, str) and bool(_NOTE.match(narrow(cell).casefold()))
