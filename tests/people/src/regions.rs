//! Regions: Seoul's districts and districts of other cities, with how many of a thousand people live there. Written from knowledge;
//! where they are, the directory's own table says.

/// A city, and with it a name that several regions share.
#[derive(Debug)]
pub struct City {
    /// Stable id.
    pub id: &'static str,
    /// Its name in Korean.
    pub ko: &'static str,
    /// Its name in English.
    pub en: &'static str,
}

/// A district of a city, or a city that has none here.
#[derive(Debug)]
pub struct Region {
    /// Stable id.
    pub id: &'static str,
    /// The city it is a part of, by id.
    pub city: &'static str,
    /// Its name in Korean, without the city's.
    pub ko: &'static str,
    /// Its name in English.
    pub en: &'static str,
    pub(crate) weight: u32,
}

const fn city(id: &'static str, ko: &'static str, en: &'static str) -> City {
    City { id, ko, en }
}

/// Every city.
pub const CITIES: &[City] = &[
    city("seoul", "서울", "Seoul"),
    city("busan", "부산", "Busan"),
    city("daegu", "대구", "Daegu"),
    city("incheon", "인천", "Incheon"),
    city("gwangju", "광주", "Gwangju"),
    city("daejeon", "대전", "Daejeon"),
    city("ulsan", "울산", "Ulsan"),
    city("sejong", "세종", "Sejong"),
    city("suwon", "수원", "Suwon"),
    city("seongnam", "성남", "Seongnam"),
    city("goyang", "고양", "Goyang"),
    city("changwon", "창원", "Changwon"),
    city("jeonju", "전주", "Jeonju"),
    city("cheongju", "청주", "Cheongju"),
    city("chuncheon", "춘천", "Chuncheon"),
    city("jeju", "제주", "Jeju"),
];

const fn region(names: [&'static str; 4], weight: u32) -> Region {
    let [id, city, ko, en] = names;
    Region { id, city, ko, en, weight }
}

/// Every region.
pub const REGIONS: &[Region] = &[
    region(["jongno", "seoul", "종로구", "Jongno-gu"], 12),
    region(["jung", "seoul", "중구", "Jung-gu"], 11),
    region(["yongsan", "seoul", "용산구", "Yongsan-gu"], 18),
    region(["seongdong", "seoul", "성동구", "Seongdong-gu"], 23),
    region(["gwangjin", "seoul", "광진구", "Gwangjin-gu"], 27),
    region(["dongdaemun", "seoul", "동대문구", "Dongdaemun-gu"], 27),
    region(["jungnang", "seoul", "중랑구", "Jungnang-gu"], 30),
    region(["seongbuk", "seoul", "성북구", "Seongbuk-gu"], 34),
    region(["gangbuk", "seoul", "강북구", "Gangbuk-gu"], 23),
    region(["dobong", "seoul", "도봉구", "Dobong-gu"], 25),
    region(["nowon", "seoul", "노원구", "Nowon-gu"], 39),
    region(["eunpyeong", "seoul", "은평구", "Eunpyeong-gu"], 37),
    region(["seodaemun", "seoul", "서대문구", "Seodaemun-gu"], 24),
    region(["mapo", "seoul", "마포구", "Mapo-gu"], 29),
    region(["yangcheon", "seoul", "양천구", "Yangcheon-gu"], 35),
    region(["gangseo", "seoul", "강서구", "Gangseo-gu"], 45),
    region(["guro", "seoul", "구로구", "Guro-gu"], 31),
    region(["geumcheon", "seoul", "금천구", "Geumcheon-gu"], 18),
    region(["yeongdeungpo", "seoul", "영등포구", "Yeongdeungpo-gu"], 29),
    region(["dongjak", "seoul", "동작구", "Dongjak-gu"], 30),
    region(["gwanak", "seoul", "관악구", "Gwanak-gu"], 38),
    region(["seocho", "seoul", "서초구", "Seocho-gu"], 32),
    region(["gangnam", "seoul", "강남구", "Gangnam-gu"], 43),
    region(["songpa", "seoul", "송파구", "Songpa-gu"], 52),
    region(["gangdong", "seoul", "강동구", "Gangdong-gu"], 36),
    region(["haeundae", "busan", "해운대구", "Haeundae-gu"], 30),
    region(["busanjin", "busan", "부산진구", "Busanjin-gu"], 28),
    region(["busan-gangseo", "busan", "강서구", "Gangseo-gu"], 11),
    region(["busan-jung", "busan", "중구", "Jung-gu"], 4),
    region(["suseong", "daegu", "수성구", "Suseong-gu"], 32),
    region(["daegu-jung", "daegu", "중구", "Jung-gu"], 7),
    region(["yeonsu", "incheon", "연수구", "Yeonsu-gu"], 30),
    region(["bupyeong", "incheon", "부평구", "Bupyeong-gu"], 38),
    region(["gwangju-seo", "gwangju", "서구", "Seo-gu"], 23),
    region(["yuseong", "daejeon", "유성구", "Yuseong-gu"], 27),
    region(["daejeon-seo", "daejeon", "서구", "Seo-gu"], 36),
    region(["ulsan-nam", "ulsan", "남구", "Nam-gu"], 24),
    region(["sejong-si", "sejong", "세종시", "Sejong-si"], 29),
    region(["yeongtong", "suwon", "영통구", "Yeongtong-gu"], 28),
    region(["bundang", "seongnam", "분당구", "Bundang-gu"], 37),
    region(["ilsandong", "goyang", "일산동구", "Ilsandong-gu"], 23),
    region(["seongsan", "changwon", "성산구", "Seongsan-gu"], 19),
    region(["wansan", "jeonju", "완산구", "Wansan-gu"], 26),
    region(["heungdeok", "cheongju", "흥덕구", "Heungdeok-gu"], 21),
    region(["chuncheon-si", "chuncheon", "춘천시", "Chuncheon-si"], 22),
    region(["jeju-si", "jeju", "제주시", "Jeju-si"], 38),
];

impl Region {
    /// Where its office stands: degrees north and east.
    pub fn office(&self) -> (f64, f64) {
        jigap_people::vocabulary::office(self.id).unwrap_or_default()
    }

    /// The city that it is a part of.
    pub fn its_city(&self) -> Option<&'static City> {
        CITIES.iter().find(|city| city.id == self.city)
    }
}
