"""The usual sentences of an admission notice, as message ids; what is local stands in [notice] of study.toml."""

PRINCIPLES = (
    "Admission near home and without examination. No school tests, interviews or ranks applicants.",
    "One rule for all. Areas, places, conditions, procedure and results are made public.",
    "Children first by where they live; public and private schools admit at the same time.",
    "No new oversized classes: a school admits no more children than its places.",
)
CONDITIONS = (
    "Registered residents: the child and a parent are registered and live in the school's area.",
    "A home that the parents own, or that the child's grandparents own and the child is registered at, counts by its place; homes bought by shares, shops, garages and offices do not count.",
    "Children of soldiers, of those who died in service and others entitled by law are admitted by the rules for them.",
)
MATERIALS = (
    "Household register of the child and the parents.",
    "Title to the home, or the registered contract of a home let.",
    "The child's birth certificate and vaccination record (first grade); the primary school record (junior secondary).",
    "Migrant families: residence permits, and proof of work or social insurance.",
)
TIERS = (
    "registered in the area, living in a home there that the family owns;",
    "registered in the area, living with grandparents or in a home let;",
    "owning a home in the area and living there, registered elsewhere;",
    "children of migrant workers, by residence permit, social insurance or points.",
)
ORDER = {
    "sibling": "an elder brother or sister at the school",
    "points": "points",
    "age": "age, the elder first",
}
MIGRANTS = (
    "Children of migrant workers who hold a residence permit of {study} are admitted on the same terms as local children, in public schools first; where the schools near their home are full, the bureau places them in the nearest school with room or in a place that the government has bought.",
    "They apply at the school of the area in which they live.",
)
PROCEDURE = (
    "Apply once, at the school of the child's area or through the website named below. An application at two schools counts at the first.",
    "Schools check the papers and visit homes where there is doubt; whoever brings false papers loses the place and is placed by the bureau.",
    "Where lots are drawn, the list of numbers and the text that the lots are drawn from are published beforehand, so that anybody can check the result.",
    "Results are published at the school and on the website.",
)
PLACEMENT = (
    "Children who cannot be admitted by the school of their area, because its places are full, are placed by the bureau in the nearest school with room, in the order above, and are told the way to it. No child stays without a place.",
)
DISCIPLINE = (
    "No school admits outside its area, beyond its places or before the dates above, takes fees for admission, or forms classes by marks.",
    "Pupils are divided into classes by chance, in public.",
    "Complaints are taken at the telephone below; breaches are dealt with by law and discipline.",
)
EVENTS = {
    "published": "The notice is published",
    "registration": "Registration",
    "migrant_registration": "Registration of children of migrant workers",
    "review": "Papers are checked",
    "lottery": "Lots are drawn, where needed",
    "results": "Results are published",
    "placement": "Placement by the bureau",
    "entry": "First day of school",
}
FIELDS_BLANK = {
    "number": "document number",
    "issuer": "issuing office",
    "issued": "date of issue",
    "office": "office for questions",
    "hotline": "telephone for questions",
    "supervision": "telephone for complaints",
    "website": "website",
}
