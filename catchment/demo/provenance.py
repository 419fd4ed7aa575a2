"""What SOURCES.toml and study.toml of the demonstration say."""

from catchment.demo import facts
from catchment.demo.admission import SEED_TEXT

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
}

STUDY = f"""\
# 罗定市义务教育学位研究（演示）。Demonstration study of Luoding: not for decisions.
# 数据来源见 data/raw/SOURCES.toml。What is fact and what is invented: data/raw/SOURCES.toml.

rules = "luoding_2019"  # 规则集 / rule set
rules_beside = ["national_2017"]  # 并列比较的规则集 / asked too: both verdicts where they differ
reliefs = []  # 启用的宽限条款，默认全不启用 / relief clauses in force

[study]
name = "罗定市"
name_en = "Luoding"
crs = "{facts.CRS}"  # CGCS2000 三度带，中央经线 111°E，米 / metres
base_year = {facts.BASE_YEAR}  # 最近一次班级统计的秋季 / autumn of the latest class return
horizon_years = 15  # 预测年数 / forecast years
language = "zh"
seed = SEED
extent_deg = [111.052222, 22.419722, 111.878889, 22.959444]  # 西南东北 / west, south, east, north
demonstration = true  # 演示：每张图、每份报告都会注明 / every map and report says so
map_review_number = ""  # 审图号；空 = 「送审稿」

# 常住人口（2020 年普查口径）栅格，每格人数 / residents of the 2020 census, people per cell
[[sources.population]]
path = "data/raw/population_0_14.tif"
year = 2020
age_from = 0
age_to = 14

[[sources.population]]
path = "data/raw/population_15_59.tif"
year = 2020
age_from = 15
age_to = 59

[[sources.population]]
path = "data/raw/population_60_plus.tif"
year = 2020
age_from = 60

[sources.roads]
path = "data/raw/roads.parquet"
datum = "projected"

[sources.schools]
path = "data/raw/schools.xlsx"
datum = "wgs84"  # 经纬度坐标系 / datum of 经度 and 纬度

[sources.classes]
path = "data/raw/classes.xlsx"

[sources.areas]
path = "data/raw/areas.geojson"

[sources.births]
path = "data/raw/births.csv"
basis = "registered"  # 户籍出生 / registered births

# 历年分年级在校生（不含 base_year，由班级统计给出） / pupils of past autumns; those of base_year are in the class list
[sources.enrolment]
path = "data/raw/enrolment.csv"

# 已登记、即将入学的儿童：幼儿园大班 / children counted before they enter: kindergarten top classes
[sources.entrants]
path = "data/raw/entrants.csv"

[sources.housing]
path = "data/raw/housing.csv"

# 办学条件、县级比例（均为虚构） / what schools have, and rates: invented
[sources.resources]
path = "data/raw/resources.xlsx"

[sources.rates]
path = "data/raw/rates.csv"

# 学生居住片区、城区小学招生计划与报名（均为虚构） / where pupils live, places and applications in the city: invented
[sources.residence]
path = "data/raw/residence.csv"

[sources.places]
path = "data/raw/places.csv"

[sources.applicants]
path = "data/raw/applicants.csv"

[sources.projects]
path = "data/raw/projects.xlsx"
datum = "wgs84"

# 备选地块及其周边（均为虚构） / land offered, and what stands around it: invented
[sources.parcels]
path = "data/raw/parcels.geojson"

# complete：图层已包含全部对象的类别；未列出的类别只会是“未知” / kinds of which the layer holds every object; others are never passed
[[sources.surroundings]]
path = "data/raw/surroundings.geojson"
complete = [
  "railway", "power_line", "pipeline", "petrol_station", "market", "mortuary", "explosives", "entertainment", "substation",
  "gas_regulator", "waste_station", "detention_house", "hazard", "pollution", "water_protection", "farmland", "red_line",
]

[sources.water]
path = "data/raw/water.geojson"

# 门牌（虚构），用于片区文字 / house numbers for the words of zones: invented
[sources.addresses]
path = "data/raw/addresses.csv"

[network]
cell_snap_m = 1000  # 居民点到最近道路的最大直线距离 / people farther from a road are unreachable
school_snap_m = 300
reach_m = 15000  # 走读生不安排更远的学校 / no day pupil is sent farther
nearest = 5

# 初中：走读距离以外可寄宿，按车程到有寄宿条件的学校 / beyond day reach, juniors board where schools take boarders
[network.travel.junior]
boarding_mode = "bus"
boarding_reach_m = 60000

# 小学走读生尽量不跨越主干路：每过一次按多走 300 米计 / a primary day pupil's crossing of a main road counts as 300 m
[[network.barriers]]
stages = ["primary"]
classes = ["trunk", "trunk_link", "primary", "primary_link"]
penalty_m = 300

[units]
side_m = 300  # 规划单元边长 / side of a planning unit

[demand]
stay_share = {facts.STAY_SHARE}  # 户籍出生儿童在本地居住就读的比例（按普查推算） / registered births that live here (from the census)
fit_to_enrolment = true  # 在校各届儿童按班级统计校正 / cohorts in school are fitted to the class return

# 升级率：g 年级人数 ÷ 上年 g−1 年级人数 / pupils of grade g per pupil of grade g − 1 a year before
[forecast.progression]
2 = 1.0
3 = 1.0
4 = 0.998
5 = 0.998
6 = 0.997
7 = 0.985  # 小升初外流 / some leave for junior school elsewhere
8 = 0.995
9 = 0.99

# 每套入住住房的学生数（虚构；全市户均约小学 0.34、初中 0.17） / pupils per dwelling lived in: invented (county mean 0.34 and 0.17)
[forecast.housing.yields]
commodity = {{primary = 0.25, junior = 0.10}}  # 商品房
resettlement = {{primary = 0.34, junior = 0.17}}  # 安置房

# 情景：最后已知年份之后出生人数的年变化 / scenarios: yearly change of births after the last known year
[forecast.birth_change_per_year]
low = -0.06
medium = -0.03
high = 0.0

# 优质高中指标到校（学校与数字均为虚构） / places of senior schools: the schools and their numbers are invented
[quota]
tilt = {{rural = 1.2, town = 1.1}}  # 向农村初中倾斜 / tilted to rural junior schools
least = 5

[[quota.senior]]
name = "示范高中甲（演示）"
plan = 1200
places = 620

[[quota.senior]]
name = "示范高中乙（演示）"
plan = 900

# 学区：网络距离就近组建，3—8 校，每个学区至少一所优质学校（名单为虚构） / school clusters; the list of strong schools is invented
[clusters]
reach_m = 20000  # 到牵头学校的最大网络距离 / farthest from the lead school
strong = [
  "2144381001", "2144381002", "2144381003", "2144381007", "2144381008", "2144381009", "2144381040", "2144381049",
  "2144381056", "2144381060", "2144381068", "2144381076", "2144381081", "2144381085", "2144381090", "2144381095",
  "2144381099", "2144381103", "2144381107", "2144381110", "2144381114", "2144381120", "2144381123", "2144381158",
  "2144381159", "2144381160", "2144381162", "2144381163", "2144381164", "2144381165",
]

# 随机派位的公开种子文字（虚构） / the published text that lots are drawn from: invented
[admission]
seed_text = "{SEED_TEXT}"

[plan]
first_year = 2026
years = 5
budget_yuan = [80_000_000, 90_000_000, 90_000_000, 75_000_000, 60_000_000]  # 各年预算，元 / yearly budgets in yuan
"""
