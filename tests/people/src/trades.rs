//! What people are: kinds of qualification with their issuers and grades, institutions, and what people of a kind do, in the words
//! that they use for it. Issuers are real bodies' names; what they say here is invented. Written from knowledge.

/// A word of a closed list, with its names.
#[derive(Debug)]
pub struct Word {
    /// Stable id.
    pub id: &'static str,
    /// Its name in Korean.
    pub ko: &'static str,
    /// Its name in English.
    pub en: &'static str,
}

/// A kind of qualification.
#[derive(Debug)]
pub struct Kind {
    /// Stable id.
    pub id: &'static str,
    /// Its title in Korean; with grades of technical qualifications, the subject alone.
    pub ko: &'static str,
    /// Its title in English.
    pub en: &'static str,
    /// Who issues it, by name in Korean; empty where the institution does.
    pub issuer: &'static str,
    /// Which grades there are, by id; the first is the commonest.
    pub grades: &'static [&'static str],
    /// What people of this kind do, by id.
    pub specialties: &'static [&'static str],
    pub(crate) weight: u32,
    /// Thousands of KRW an hour, about.
    pub(crate) price: u32,
}

/// Something that people of a kind do, in the words that they say it with.
#[derive(Debug)]
pub struct Specialty {
    /// Stable id.
    pub id: &'static str,
    pub(crate) ko: &'static [&'static str],
    pub(crate) en: &'static [&'static str],
}

const fn word(id: &'static str, ko: &'static str, en: &'static str) -> Word {
    Word { id, ko, en }
}

/// Every grade.
pub const GRADES: &[Word] = &[
    word("craftsman", "기능사", "Craftsman"),
    word("industrial-engineer", "산업기사", "Industrial Engineer"),
    word("engineer", "기사", "Engineer"),
    word("professional-engineer", "기술사", "Professional Engineer"),
    word("level-1", "1급", "Level 1"),
    word("level-2", "2급", "Level 2"),
    word("level-3", "3급", "Level 3"),
    word("class-1-large", "1종 대형", "Class 1 large"),
    word("class-1-ordinary", "1종 보통", "Class 1 ordinary"),
    word("class-2-ordinary", "2종 보통", "Class 2 ordinary"),
    word("class-2-small", "2종 소형", "Class 2 small (motorcycle)"),
];

/// Every language.
pub const LANGUAGES: &[Word] = &[
    word("ko", "한국어", "Korean"),
    word("en", "영어", "English"),
    word("zh", "중국어", "Chinese"),
    word("ja", "일본어", "Japanese"),
    word("vi", "베트남어", "Vietnamese"),
    word("ru", "러시아어", "Russian"),
    word("kvk", "수어", "Korean Sign Language"),
];

/// Every way to meet.
pub const MODES: &[Word] = &[
    word("in-person", "대면", "in person"),
    word("video", "화상", "video call"),
    word("chat", "채팅", "chat"),
    word("phone", "전화", "phone"),
];

/// Every institution.
pub const INSTITUTIONS: &[Word] = &[
    word("snu", "서울대학교", "Seoul National University"),
    word("yonsei", "연세대학교", "Yonsei University"),
    word("korea", "고려대학교", "Korea University"),
    word("kaist", "한국과학기술원", "KAIST"),
    word("postech", "포항공과대학교", "POSTECH"),
    word("hanyang", "한양대학교", "Hanyang University"),
    word("skku", "성균관대학교", "Sungkyunkwan University"),
    word("ewha", "이화여자대학교", "Ewha Womans University"),
    word("pusan", "부산대학교", "Pusan National University"),
    word("kyungpook", "경북대학교", "Kyungpook National University"),
    word("chonnam", "전남대학교", "Chonnam National University"),
    word("hongik", "홍익대학교", "Hongik University"),
    word("karts", "한국예술종합학교", "Korea National University of Arts"),
    word("jeju", "제주대학교", "Jeju National University"),
];

const TECHNICAL: &[&str] = &["craftsman", "engineer", "industrial-engineer", "professional-engineer"];
const CRAFT: &[&str] = &["craftsman", "industrial-engineer"];
const LEVELS: &[&str] = &["level-2", "level-1", "level-3"];
const LICENCE: &[&str] = &["class-1-ordinary", "class-2-ordinary", "class-1-large", "class-2-small"];
const HRDK: &str = "한국산업인력공단";

const fn kind(
    names: [&'static str; 4],
    grades: &'static [&'static str],
    specialties: &'static [&'static str],
    (weight, price): (u32, u32),
) -> Kind {
    let [id, ko, en, issuer] = names;
    Kind { id, ko, en, issuer, grades, specialties, weight, price }
}

/// Every kind.
pub const KINDS: &[Kind] = &[
    kind(
        ["tax-accountant", "세무사", "tax accountant", "한국세무사회"],
        &[],
        &["income-tax", "inheritance-tax", "vat", "capital-gains-tax", "bookkeeping", "tax-audit"],
        (60, 90),
    ),
    kind(
        ["accountant", "공인회계사", "certified public accountant", "한국공인회계사회"],
        &[],
        &["audit", "valuation", "bookkeeping", "income-tax"],
        (40, 120),
    ),
    kind(
        ["lawyer", "변호사", "lawyer", "대한변호사협회"],
        &[],
        &["divorce", "criminal", "lease", "startup-law", "immigration", "traffic-accident"],
        (60, 150),
    ),
    kind(
        ["labor-attorney", "공인노무사", "certified labor attorney", "한국공인노무사회"],
        &[],
        &["dismissal", "wages", "industrial-accident", "work-rules"],
        (40, 90),
    ),
    kind(
        ["customs-broker", "관세사", "customs broker", "한국관세사회"],
        &[],
        &["import-clearance", "fta", "duty-refund"],
        (20, 90),
    ),
    kind(
        ["patent-attorney", "변리사", "patent attorney", "대한변리사회"],
        &[],
        &["patent", "trademark", "design-right"],
        (25, 120),
    ),
    kind(
        ["judicial-scrivener", "법무사", "judicial scrivener", "대한법무사협회"],
        &[],
        &["registration", "lease", "rehabilitation"],
        (30, 80),
    ),
    kind(
        ["appraiser", "감정평가사", "certified appraiser", "한국감정평가사협회"],
        &[],
        &["valuation", "compensation"],
        (12, 110),
    ),
    kind(
        ["real-estate-agent", "공인중개사", "real estate agent", "한국공인중개사협회"],
        &[],
        &["lease", "shop-rent", "apartment-sale"],
        (60, 40),
    ),
    kind(
        ["architect", "건축사", "registered architect", "대한건축사협회"],
        &[],
        &["house-design", "remodelling"],
        (20, 110),
    ),
    kind(["pharmacist", "약사", "pharmacist", "보건복지부"], &[], &["medication", "supplements"], (30, 50)),
    kind(["nurse", "간호사", "nurse", "보건복지부"], &[], &["home-care", "infant-care"], (40, 45)),
    kind(
        ["physical-therapist", "물리치료사", "physical therapist", "보건복지부"],
        &[],
        &["rehab", "posture"],
        (30, 55),
    ),
    kind(["dietitian", "영양사", "dietitian", "보건복지부"], &[], &["diet", "diabetes-meal"], (25, 40)),
    kind(
        ["veterinarian", "수의사", "veterinarian", "농림축산식품부"],
        &[],
        &["dog-behaviour", "cat-care"],
        (15, 70),
    ),
    kind(
        ["clinical-psychologist", "임상심리사", "clinical psychologist", HRDK],
        &["level-2", "level-1"],
        &["depression", "child-therapy", "couple-therapy"],
        (25, 80),
    ),
    kind(
        ["social-worker", "사회복지사", "social worker", "보건복지부"],
        LEVELS,
        &["elder-care", "benefits"],
        (40, 30),
    ),
    kind(
        ["korean-teacher", "한국어교원", "Korean language teacher", "국립국어원"],
        LEVELS,
        &["topik", "korean-conversation"],
        (30, 35),
    ),
    kind(
        ["tour-guide", "관광통역안내사", "tourist guide interpreter", "한국관광공사"],
        &[],
        &["palace-tour", "food-tour"],
        (20, 45),
    ),
    kind(
        ["childcare-teacher", "보육교사", "childcare teacher", "보건복지부"],
        LEVELS,
        &["infant-care", "play-learning"],
        (30, 30),
    ),
    kind(
        ["sports-instructor", "생활스포츠지도사", "sports instructor", "국민체육진흥공단"],
        &["level-2", "level-1"],
        &["swimming", "tennis", "pilates", "strength"],
        (40, 50),
    ),
    kind(
        ["sommelier", "소믈리에", "sommelier", "한국국제소믈리에협회"],
        &[],
        &["wine-pairing", "natural-wine", "wine-class"],
        (20, 70),
    ),
    kind(
        ["barista", "바리스타", "barista", "한국커피협회"],
        &["level-2", "level-1"],
        &["latte-art", "hand-drip", "cafe-opening"],
        (35, 40),
    ),
    kind(
        ["information-processing", "정보처리", "information processing", HRDK],
        TECHNICAL,
        &["python", "web-dev", "exam-information", "data-analysis"],
        (60, 60),
    ),
    kind(
        ["electricity", "전기", "electricity", HRDK],
        TECHNICAL,
        &["wiring", "solar", "electric-safety"],
        (45, 50),
    ),
    kind(
        ["industrial-safety", "산업안전", "industrial safety", HRDK],
        &["engineer", "industrial-engineer"],
        &["risk-assessment", "serious-accident-act"],
        (25, 70),
    ),
    kind(
        ["civil-engineering", "토목", "civil engineering", HRDK],
        &["engineer", "industrial-engineer", "professional-engineer"],
        &["structure-check", "survey"],
        (20, 70),
    ),
    kind(["welding", "용접", "welding", HRDK], CRAFT, &["argon-welding", "steel-frame"], (20, 45)),
    kind(
        ["korean-cooking", "한식조리", "Korean cuisine cook", HRDK],
        CRAFT,
        &["home-meal", "side-dishes", "kimchi"],
        (40, 35),
    ),
    kind(
        ["baking", "제과", "confectionery making", HRDK],
        &["craftsman"],
        &["macaron", "custom-cake"],
        (30, 35),
    ),
    kind(["hairdressing", "미용", "hairdressing", HRDK], &["craftsman"], &["bridal-hair", "perm"], (30, 40)),
    kind(["forklift", "지게차운전", "forklift operation", HRDK], &["craftsman"], &["warehouse"], (20, 35)),
    kind(
        ["landscaping", "조경", "landscape architecture", HRDK],
        TECHNICAL,
        &["garden", "tree-pruning"],
        (15, 45),
    ),
    kind(
        ["driver-licence", "운전면허", "driver licence", "경찰청"],
        LICENCE,
        &["driving-practice", "moving-truck", "chauffeur"],
        (60, 30),
    ),
    kind(
        ["student", "재학생", "student", ""],
        &[],
        &["maths-tutor", "english-tutor", "interview-prep", "essay"],
        (90, 30),
    ),
];

const fn specialty(id: &'static str, ko: &'static [&'static str], en: &'static [&'static str]) -> Specialty {
    Specialty { id, ko, en }
}

/// Every specialty.
pub const SPECIALTIES: &[Specialty] = &[
    specialty(
        "income-tax",
        &["종합소득세 신고", "종소세 신고", "프리랜서 소득세"],
        &["income tax returns", "global income tax filing"],
    ),
    specialty(
        "inheritance-tax",
        &["상속세", "상속·증여세", "증여세 절세"],
        &["inheritance tax", "estate and gift tax"],
    ),
    specialty("vat", &["부가가치세", "부가세 신고"], &["VAT returns", "value added tax"]),
    specialty("capital-gains-tax", &["양도소득세", "양도세"], &["capital gains tax"]),
    specialty("bookkeeping", &["기장 대행", "장부 작성", "기장대리"], &["bookkeeping", "monthly books"]),
    specialty(
        "tax-audit",
        &["세무조사 대응", "국세청 조사 대응"],
        &["tax audits", "tax investigation defence"],
    ),
    specialty("audit", &["회계감사", "외부감사"], &["financial audits", "external audit"]),
    specialty("valuation", &["기업가치 평가", "가치평가"], &["valuation", "appraisal of value"]),
    specialty("divorce", &["이혼 소송", "이혼·양육권", "재산분할"], &["divorce", "custody and divorce"]),
    specialty("criminal", &["형사 사건", "형사 변호"], &["criminal defence", "criminal cases"]),
    specialty(
        "lease",
        &["전세 계약", "전세보증금 반환", "임대차 분쟁"],
        &["lease disputes", "jeonse deposits"],
    ),
    specialty(
        "startup-law",
        &["스타트업 자문", "투자계약서 검토"],
        &["startup counsel", "investment contracts"],
    ),
    specialty(
        "immigration",
        &["비자·체류", "출입국 업무", "영주권 신청"],
        &["visas and immigration", "visa applications"],
    ),
    specialty(
        "traffic-accident",
        &["교통사고 합의", "교통사고 손해배상"],
        &["traffic accidents", "car accident claims"],
    ),
    specialty("dismissal", &["부당해고 구제", "해고 상담"], &["unfair dismissal", "wrongful termination"]),
    specialty("wages", &["임금체불", "체불임금·퇴직금"], &["unpaid wages", "wage claims"]),
    specialty(
        "industrial-accident",
        &["산재 신청", "산업재해 보상"],
        &["industrial accident claims", "workers' compensation"],
    ),
    specialty("work-rules", &["취업규칙 작성", "인사노무 자문"], &["work rules", "HR advisory"]),
    specialty("import-clearance", &["수입통관", "통관 대행"], &["import clearance", "customs clearance"]),
    specialty("fta", &["FTA 원산지", "원산지증명"], &["FTA origin", "certificates of origin"]),
    specialty("duty-refund", &["관세환급"], &["duty drawback", "customs refunds"]),
    specialty("patent", &["특허 출원", "발명 특허"], &["patent applications", "patents for inventions"]),
    specialty("trademark", &["상표 등록", "상표 출원"], &["trademark registration", "brand protection"]),
    specialty("design-right", &["디자인권 등록", "디자인 출원"], &["design registration"]),
    specialty(
        "registration",
        &["법인 등기", "부동산 등기"],
        &["company registration", "property registration"],
    ),
    specialty("rehabilitation", &["개인회생", "파산 신청"], &["personal rehabilitation", "bankruptcy"]),
    specialty("compensation", &["토지보상 평가", "수용 보상"], &["land compensation"]),
    specialty("shop-rent", &["상가 임대", "점포 구하기"], &["shop rentals", "retail space"]),
    specialty("apartment-sale", &["아파트 매매", "내 집 마련"], &["apartment sales", "buying a home"]),
    specialty("house-design", &["단독주택 설계", "주택 설계"], &["house design"]),
    specialty("remodelling", &["리모델링 설계", "노후주택 리모델링"], &["remodelling", "renovation"]),
    specialty("medication", &["복약 지도", "약 복용 상담"], &["medication counselling"]),
    specialty("supplements", &["영양제 상담", "건강기능식품"], &["supplements advice"]),
    specialty("home-care", &["방문 간호", "가정 간호"], &["home nursing"]),
    specialty("infant-care", &["신생아 돌봄", "영아 돌보기"], &["newborn care", "infant care"]),
    specialty("rehab", &["재활 운동", "수술 후 재활"], &["rehabilitation exercise", "post-surgery rehab"]),
    specialty("posture", &["자세 교정", "거북목 교정"], &["posture correction"]),
    specialty("diet", &["다이어트 식단", "체중 관리 식단"], &["weight loss meal plans"]),
    specialty("diabetes-meal", &["당뇨 식단"], &["diabetic meals", "diabetes diet"]),
    specialty("dog-behaviour", &["강아지 행동 교정", "반려견 훈련"], &["dog behaviour", "dog training"]),
    specialty("cat-care", &["고양이 건강", "반려묘 관리"], &["cat care", "cat health"]),
    specialty("depression", &["우울증 상담", "우울·불안"], &["depression", "anxiety and depression"]),
    specialty("child-therapy", &["아동 심리", "놀이 치료"], &["child psychology", "play therapy"]),
    specialty(
        "couple-therapy",
        &["부부 상담", "커플 상담"],
        &["couples counselling", "marriage counselling"],
    ),
    specialty("elder-care", &["노인 돌봄", "어르신 돌봄"], &["elder care", "senior care"]),
    specialty("benefits", &["복지급여 신청", "복지 혜택 안내"], &["welfare benefits"]),
    specialty("topik", &["토픽 대비", "TOPIK 시험"], &["TOPIK preparation"]),
    specialty(
        "korean-conversation",
        &["한국어 회화", "외국인 한국어 수업"],
        &["Korean conversation", "Korean lessons"],
    ),
    specialty("palace-tour", &["고궁 투어", "경복궁 해설"], &["palace tours"]),
    specialty("food-tour", &["맛집 투어", "시장 먹거리 투어"], &["food tours", "street food tours"]),
    specialty("play-learning", &["놀이 학습", "유아 놀이 수업"], &["learning through play"]),
    specialty("swimming", &["수영 강습", "수영 레슨"], &["swimming lessons"]),
    specialty("tennis", &["테니스 레슨"], &["tennis coaching", "tennis lessons"]),
    specialty("pilates", &["필라테스 수업", "필라테스"], &["pilates"]),
    specialty("strength", &["근력 운동", "PT 수업"], &["strength training", "personal training"]),
    specialty("wine-pairing", &["와인 페어링", "음식과 와인"], &["wine pairing"]),
    specialty("natural-wine", &["내추럴 와인"], &["natural wine"]),
    specialty("wine-class", &["와인 입문 수업", "와인 클래스"], &["wine classes", "wine tasting class"]),
    specialty("latte-art", &["라떼아트", "라테 아트"], &["latte art"]),
    specialty("hand-drip", &["핸드드립 수업", "브루잉 커피"], &["hand drip coffee", "pour-over brewing"]),
    specialty("cafe-opening", &["카페 창업 컨설팅", "커피숍 창업"], &["opening a cafe", "cafe consulting"]),
    specialty("python", &["파이썬 과외", "파이썬 기초"], &["Python lessons", "Python tutoring"]),
    specialty("web-dev", &["웹 개발", "홈페이지 제작"], &["web development", "website building"]),
    specialty(
        "exam-information",
        &["정처기 실기 대비", "정보처리 시험 대비"],
        &["exam preparation for information processing"],
    ),
    specialty("data-analysis", &["데이터 분석", "데이터분석"], &["data analysis", "data analytics"]),
    specialty("wiring", &["전기 배선", "콘센트·배선 공사"], &["wiring", "electrical wiring"]),
    specialty("solar", &["태양광 설치", "태양광 발전"], &["solar panels", "solar power"]),
    specialty("electric-safety", &["전기 안전 점검", "누전 점검"], &["electrical safety inspection"]),
    specialty("risk-assessment", &["위험성 평가", "위험성평가 컨설팅"], &["risk assessment"]),
    specialty(
        "serious-accident-act",
        &["중대재해처벌법 대응", "중대재해 대응"],
        &["Serious Accidents Punishment Act"],
    ),
    specialty("structure-check", &["구조 안전 진단", "균열 점검"], &["structural inspection"]),
    specialty("survey", &["측량", "토지 측량"], &["land survey", "surveying"]),
    specialty("argon-welding", &["알곤 용접", "티그 용접"], &["TIG welding", "argon welding"]),
    specialty("steel-frame", &["철골 제작", "철 구조물"], &["steel frames"]),
    specialty("home-meal", &["집밥 요리", "가정식 요리"], &["home cooking"]),
    specialty("side-dishes", &["반찬 만들기", "밑반찬"], &["side dishes", "banchan"]),
    specialty("kimchi", &["김치 담그기", "김장"], &["kimchi making"]),
    specialty("macaron", &["마카롱"], &["macarons"]),
    specialty("custom-cake", &["주문 케이크", "레터링 케이크"], &["custom cakes"]),
    specialty("bridal-hair", &["웨딩 헤어", "신부 머리"], &["bridal hair", "wedding hair"]),
    specialty("perm", &["펌·염색", "파마"], &["perms and colour"]),
    specialty("warehouse", &["물류창고 상하차", "창고 작업"], &["warehouse loading"]),
    specialty("garden", &["정원 가꾸기", "마당 조경"], &["garden design", "gardening"]),
    specialty("tree-pruning", &["가지치기", "나무 전정"], &["tree pruning"]),
    specialty("driving-practice", &["도로 연수", "운전 연수"], &["driving practice", "driving lessons"]),
    specialty("moving-truck", &["용달 이사", "이삿짐 운송"], &["moving by truck", "small moves"]),
    specialty("chauffeur", &["수행 기사", "장거리 운행"], &["chauffeur service"]),
    specialty("maths-tutor", &["수학 과외", "수능 수학"], &["maths tutoring", "math tutor"]),
    specialty("english-tutor", &["영어 과외", "영어 회화 과외"], &["English tutoring"]),
    specialty(
        "interview-prep",
        &["입시 면접 대비", "대입 면접"],
        &["admission interviews", "interview preparation"],
    ),
    specialty("essay", &["자소서 첨삭", "논술 첨삭"], &["essay review", "application essays"]),
];
