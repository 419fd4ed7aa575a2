"""What SOURCES.toml of the demonstration says."""

HEADER = """\
# 演示数据，不得用于决策。Demonstration data: not for decisions.
#
# 每一列注明来源：fact = 公开资料；derived = 由公开资料推算；synthetic = 虚构（由种子生成）。
# Every column says what it is: fact (public source), derived (computed from facts), synthetic (invented by seed).
# 学校、道路、边界如与实际相似，纯属巧合（注明 fact 者除外）。

"""

GENERATED = "catchment.demo, generated from a seed"
LICENCE = "CC0-1.0, generated"
CENSUS = "census bulletin 2020"
CODES = "NBS codes 2022"
PLAN = "Luoding plan 2019-06-28"
SHAPE = "synthetic: outline, valleys and roads drawn from the seed; only rough positions follow the real county"

Source = dict[str, object]


def _source(title: str, **columns: str) -> Source:
    return {"title": title, "source": GENERATED, "licence": LICENCE, "columns": columns}


def _raster(ages: str, share: str) -> Source:
    return _source(
        f"{ages} 岁常住人口栅格 / residents aged {ages} by cell",
        county_total=f"fact: {CENSUS}, 936,931 residents, {share}",
        township_total=f"fact for 素龙 太平 船步 䓣塘 榃滨 泗纶 ({CENSUS}), otherwise synthetic; scaled by 936,931/937,482",
        value="synthetic: people per cell",
    )


SOURCES: dict[str, Source] = {
    "population_0_14.tif": _raster("0-14", "27.47 %"),
    "population_15_59.tif": _raster("15-59", "55.27 %"),
    "population_60_plus.tif": _raster("60+", "17.27 %"),
    "areas.geojson": _source(
        "镇街范围（示意） / townships (schematic)",
        area_id=f"fact: {CODES}",
        name=f"fact: {CODES}",
        residents=f"fact for 素龙 太平 船步 䓣塘 榃滨 泗纶 ({CENSUS}), otherwise synthetic; scaled to the county's census total",
        geometry=f"{SHAPE}; the county's area of 2,327.5 km2 is a fact",
    ),
    "roads.parquet": _source(
        "道路网（示意） / roads (schematic)",
        highway="synthetic",
        name="fact: names of G324国道, G234国道, 县道X476, 云罗高速, 罗信高速, 怀阳高速; （演示） = synthetic",
        oneway="synthetic",
        bridge="derived: where a road crosses a river of water.geojson; motorways are carried throughout",
        geometry=SHAPE,
    ),
    "water.geojson": _source(
        "河流（示意） / rivers (schematic)",
        name="fact: 泷江, 榃滨河, 太平河, 罗镜河; empty = synthetic stream",
        geometry=SHAPE,
    ),
    "addresses.csv": _source(
        "门牌（演示） / house numbers (invented)",
        街路="as roads.parquet",
        门牌号="synthetic: one every 40 m, odd on one side, even on the other",
        自然村="empty: no hamlet is named",
        经度="synthetic: beside the streets of roads.parquet",
        纬度="as 经度",
    ),
    "schools.xlsx": _source(
        "学校名录 / school list",
        学校标识码="synthetic: pattern of real codes, 2144 + serial number",
        学校名称=f"fact: 罗定中学城东学校, 罗定第一中学, 附城中心小学, 罗平镇中心小学 and those named in {PLAN}; otherwise synthetic",
        校区编号="synthetic",
        学段="synthetic; fact for the named schools",
        办学类型="synthetic; fact: 罗定中学城东学校 is a complete secondary school",
        举办者="synthetic",
        城乡类别="synthetic",
        寄宿="synthetic",
        教室数="synthetic",
        学位数="derived: 教室数 x 45 (primary), 50 (junior), 30 (teaching points)",
        经度="fact for 罗定中学城东学校, 罗定第一中学, 附城中心小学 (public student map, BD-09 converted); otherwise synthetic",
        纬度="as 经度",
        镇街代码="derived: the area of areas.geojson that the point lies in",
    ),
    "classes.xlsx": _source(
        "班级名录（2025 年秋） / class list, autumn 2025",
        学校标识码="as schools.xlsx",
        学校名称="as schools.xlsx",
        学段="as schools.xlsx",
        入学年份="derived from 年级",
        年级="synthetic; teaching points end after grade 3, their children go on to other schools",
        班号="synthetic",
        学生数="synthetic; county totals by grade derived from births.csv x stay share",
        统计日期="synthetic",
    ),
    "births.csv": _source(
        "户籍出生人口 / registered births",
        area_id=f"fact: {CODES}",
        year="calendar year",
        basis="registered",
        births=(
            "county totals 2022 (15,638) and 2023 (11,083): fact, county bulletins; other years: synthetic, after the "
            "shape of the national and Guangdong series, fitted to 325,487 registered people aged 0-17 at the end of "
            "2022 (fact); townships: derived, in proportion to residents 0-14"
        ),
    ),
    "enrolment.csv": _source(
        "历年分年级在校生（2014—2024 年秋） / pupils by school and grade, autumns 2014-2024",
        学校标识码="as schools.xlsx",
        学段="as schools.xlsx",
        年级="synthetic; teaching points end after grade 3",
        年份="autumn in which the school year starts",
        学生数=(
            "synthetic: today's cohorts of classes.xlsx traced back grade by grade, those that have left after the births of "
            "the township; county totals by grade within about 1 % of births.csv x stay share"
        ),
    ),
    "entrants.csv": _source(
        "幼儿园大班儿童（2025、2026 年秋入学） / children of kindergarten top classes, entering in autumn 2025 and 2026",
        镇街代码=f"fact: {CODES}",
        入学年份="autumn in which they enter school",
        儿童数="synthetic: births.csv x stay share x 0.97, with small errors of counting",
    ),
    "housing.csv": _source(
        "在建住房小区 / estates being built",
        镇街代码=f"fact: {CODES}",
        竣工年份="synthetic",
        住房类型="synthetic",
        套数="synthetic: dwellings",
    ),
    "resources.xlsx": _source(
        "办学条件 / what schools have",
        学校标识码="as schools.xlsx",
        学段="as schools.xlsx; 全校 = both stages together",
        高中学生数="synthetic",
        高于规定学历教师数="synthetic",
        骨干教师数="synthetic",
        体育艺术专任教师数="synthetic",
        教学及辅助用房面积="synthetic",
        室内体育用房面积="synthetic",
        室外运动场面积="synthetic",
        教学仪器设备值_万元="synthetic",
        网络多媒体教室数="synthetic",
        占地面积="synthetic",
        音乐教室面积="synthetic",
        美术教室面积="synthetic",
        建校年份="synthetic",
    ),
    "rates.csv": _source(
        "县级与各校比例 / rates of the county and its schools",
        指标="names of the policy's rates",
        学校标识码="as schools.xlsx; empty = the whole county",
        学段="as schools.xlsx",
        分子="synthetic",
        分母="synthetic",
    ),
    "residence.csv": _source(
        "学生居住片区 / zones that pupils live in",
        居住片区="as schools.xlsx: the school whose zone it is",
        就读学校标识码="as schools.xlsx",
        学段="as schools.xlsx",
        学生数="synthetic",
    ),
    "places.csv": _source(
        "城区小学招生计划 / places of the city's primary schools",
        片区="as schools.xlsx, or a zone of several schools (synthetic)",
        学校标识码="as schools.xlsx",
        学段="primary",
        招生计划="synthetic",
    ),
    "applicants.csv": _source(
        "城区小学报名 / applications to the city's primary schools",
        报名号="synthetic: numbers of nobody",
        片区="as places.csv",
        学段="primary",
        录取顺序="synthetic",
        多孩就读学校标识码="synthetic",
        积分="synthetic",
        第一志愿="synthetic",
        第二志愿="synthetic",
        第三志愿="synthetic",
    ),
    "projects.xlsx": _source(
        "备选项目 / candidate projects",
        项目编号="synthetic",
        项目名称=f"fact: {PLAN}, where 文件点名 = 是; otherwise synthetic",
        学段="derived from the name",
        类别=f"fact: {PLAN}, where 文件点名 = 是",
        学校标识码="as schools.xlsx",
        经度="synthetic, or the school's",
        纬度="synthetic, or the school's",
        学位数="fact: 罗定第二小学 2,700 (news); otherwise synthetic",
        投资_万元="synthetic: about 5 万元 per new seat, 2.5-3.5 万元 per added seat",
        价格年份="synthetic",
        最早启用年份="synthetic",
        前置项目="synthetic",
        文件点名=f"fact: {PLAN}",
        地块编号="as parcels.geojson",
        备注="remarks",
    ),
    "parcels.geojson": _source(
        "备选地块（演示） / parcels offered for schools (invented)",
        地块编号="synthetic",
        名称="synthetic",
        geometry="synthetic",
    ),
    "surroundings.geojson": _source(
        "地块周边（演示） / what stands around the parcels (invented)",
        类别="synthetic",
        名称="synthetic",
        电压="synthetic: kV",
        geometry="synthetic: no real line, station or protected ground",
    ),
    "present_zones.geojson": _source(
        "现行招生片区（演示） / zones in force last autumn (invented)",
        学校标识码="synthetic",
        学段="fact: compulsory stages",
        geometry="synthetic: zones that this program draws for the autumn before from the other files",
    ),
}
