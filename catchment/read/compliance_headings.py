"""The headings of what the rules are measured on."""

from catchment.read.headings import SCHOOL_ID, STAGE, STAGE_WORDS, Heading, Headings, Kind, words_of

RATE_WORDS = words_of(
    zoned_enrolment="就近划片入学 就近划片入学比例",
    migrants_placed="随迁子女入学 随迁子女就读比例",
    rotation="交流轮岗 教师交流轮岗比例",
    rotation_backbone="骨干教师交流轮岗 骨干教师交流轮岗比例",
    certificates="教师资格证上岗率 持证上岗率",
    training_hours="教师培训学时完成率 培训学时完成率",
    training_funds="教师培训经费比例 培训经费占公用经费比例",
    special_funds="特殊教育生均公用经费 特教生均公用经费",
    funded_pupils="公用经费核定人数 核定公用经费人数",
    teacher_pay="教师与公务员平均工资之比 教师平均工资比",
    quota_given="优质高中名额分配 名额分配到校比例",
    recognition="社会认可度",
    retention="初中三年巩固率 巩固率",
    disabled_enrolment="残疾儿童少年入学率 残疾儿童入学率",
)


def _optional(name: str, kind: Kind, *spellings: str, high: float = 10_000_000) -> Heading:
    return Heading(name, kind, spellings, needed=False, filled=False, low=0, high=high)


RESOURCES = Headings(
    (
        Heading("school_id", "code", SCHOOL_ID),
        Heading("stage", "word", STAGE.spellings, words={**STAGE_WORDS, **words_of(whole="全校 合计口径 不分学段")}),
        _optional("senior_pupils", "whole", "高中学生数", "高中阶段学生数", high=20_000),
        _optional("teachers_above", "whole", "高于规定学历教师数", "高于规定学历专任教师数", high=5_000),
        _optional("backbone_teachers", "whole", "骨干教师数", "县级以上骨干教师数", high=5_000),
        _optional("arts_teachers", "whole", "体育艺术专任教师数", "体育、艺术专任教师数", "音体美专任教师数", high=5_000),
        _optional("shared_arts_teachers", "whole", "走教兼职体育艺术教师数", high=5_000),
        _optional("teaching_m2", "number", "教学及辅助用房面积", "教学及辅助用房面积_平方米"),
        _optional("indoor_sports_m2", "number", "室内体育用房面积", "室内体育用房面积_平方米"),
        _optional("outdoor_sports_m2", "number", "室外运动场面积", "体育运动场地面积", "运动场地面积_平方米"),
        _optional("rented_sports_m2", "number", "租用体育场地面积"),
        _optional("equipment_10k", "number", "教学仪器设备值_万元", "教学仪器设备值（万元）"),
        _optional("equipment_yuan", "number", "教学仪器设备值_元", "教学仪器设备值（元）", high=10_000_000_000),
        _optional("network_rooms", "whole", "网络多媒体教室数", "网络多媒体教室", high=1_000),
        _optional("land_m2", "number", "占地面积", "占地面积_平方米"),
        Heading("music_rooms_m2", "text", ("音乐教室面积", "音乐专用教室面积"), needed=False, filled=False),
        Heading("art_rooms_m2", "text", ("美术教室面积", "美术专用教室面积"), needed=False, filled=False),
        Heading("built_year", "year", ("建校年份", "建成年份", "year built"), needed=False, filled=False, low=1800, high=2200),
        Heading("left_out", "text", ("不计入原因", "reason left out"), needed=False, filled=False),
    )
)  # fmt: skip
RATES = Headings(
    (
        Heading("rate", "word", ("指标", "项目", "比例名称", "measure"), words=RATE_WORDS),
        Heading("school_id", "code", SCHOOL_ID, needed=False, filled=False),
        Heading(
            "stage", "word", STAGE.spellings, needed=False, filled=False,
            words={**STAGE_WORDS, **words_of(all="全部 不分学段")},
        ),
        Heading("part", "number", ("分子", "达到数", "part of"), low=0),
        Heading("whole", "number", ("分母", "总数", "of"), needed=False, filled=False, low=0),
    )
)  # fmt: skip
