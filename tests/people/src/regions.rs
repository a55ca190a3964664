//! Regions: Seoul's districts and districts of other cities, with where their offices stand (degrees, about) and how many of a
//! thousand people live there. Written from knowledge.

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
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
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

const fn region(names: [&'static str; 4], lat: f64, lon: f64, weight: u32) -> Region {
    let [id, city, ko, en] = names;
    Region { id, city, ko, en, lat, lon, weight }
}

/// Every region.
pub const REGIONS: &[Region] = &[
    region(["jongno", "seoul", "종로구", "Jongno-gu"], 37.573, 126.979, 12),
    region(["jung", "seoul", "중구", "Jung-gu"], 37.564, 126.997, 11),
    region(["yongsan", "seoul", "용산구", "Yongsan-gu"], 37.532, 126.990, 18),
    region(["seongdong", "seoul", "성동구", "Seongdong-gu"], 37.563, 127.037, 23),
    region(["gwangjin", "seoul", "광진구", "Gwangjin-gu"], 37.538, 127.082, 27),
    region(["dongdaemun", "seoul", "동대문구", "Dongdaemun-gu"], 37.574, 127.040, 27),
    region(["jungnang", "seoul", "중랑구", "Jungnang-gu"], 37.606, 127.093, 30),
    region(["seongbuk", "seoul", "성북구", "Seongbuk-gu"], 37.589, 127.017, 34),
    region(["gangbuk", "seoul", "강북구", "Gangbuk-gu"], 37.640, 127.025, 23),
    region(["dobong", "seoul", "도봉구", "Dobong-gu"], 37.669, 127.047, 25),
    region(["nowon", "seoul", "노원구", "Nowon-gu"], 37.654, 127.056, 39),
    region(["eunpyeong", "seoul", "은평구", "Eunpyeong-gu"], 37.603, 126.929, 37),
    region(["seodaemun", "seoul", "서대문구", "Seodaemun-gu"], 37.579, 126.937, 24),
    region(["mapo", "seoul", "마포구", "Mapo-gu"], 37.566, 126.902, 29),
    region(["yangcheon", "seoul", "양천구", "Yangcheon-gu"], 37.517, 126.866, 35),
    region(["gangseo", "seoul", "강서구", "Gangseo-gu"], 37.551, 126.850, 45),
    region(["guro", "seoul", "구로구", "Guro-gu"], 37.495, 126.888, 31),
    region(["geumcheon", "seoul", "금천구", "Geumcheon-gu"], 37.457, 126.895, 18),
    region(["yeongdeungpo", "seoul", "영등포구", "Yeongdeungpo-gu"], 37.526, 126.896, 29),
    region(["dongjak", "seoul", "동작구", "Dongjak-gu"], 37.512, 126.939, 30),
    region(["gwanak", "seoul", "관악구", "Gwanak-gu"], 37.478, 126.951, 38),
    region(["seocho", "seoul", "서초구", "Seocho-gu"], 37.484, 127.033, 32),
    region(["gangnam", "seoul", "강남구", "Gangnam-gu"], 37.517, 127.047, 43),
    region(["songpa", "seoul", "송파구", "Songpa-gu"], 37.515, 127.106, 52),
    region(["gangdong", "seoul", "강동구", "Gangdong-gu"], 37.530, 127.124, 36),
    region(["haeundae", "busan", "해운대구", "Haeundae-gu"], 35.163, 129.164, 30),
    region(["busanjin", "busan", "부산진구", "Busanjin-gu"], 35.163, 129.053, 28),
    region(["busan-gangseo", "busan", "강서구", "Gangseo-gu"], 35.212, 128.981, 11),
    region(["busan-jung", "busan", "중구", "Jung-gu"], 35.106, 129.032, 4),
    region(["suseong", "daegu", "수성구", "Suseong-gu"], 35.858, 128.631, 32),
    region(["daegu-jung", "daegu", "중구", "Jung-gu"], 35.869, 128.606, 7),
    region(["yeonsu", "incheon", "연수구", "Yeonsu-gu"], 37.410, 126.678, 30),
    region(["bupyeong", "incheon", "부평구", "Bupyeong-gu"], 37.507, 126.722, 38),
    region(["gwangju-seo", "gwangju", "서구", "Seo-gu"], 35.152, 126.890, 23),
    region(["yuseong", "daejeon", "유성구", "Yuseong-gu"], 36.362, 127.356, 27),
    region(["daejeon-seo", "daejeon", "서구", "Seo-gu"], 36.355, 127.384, 36),
    region(["ulsan-nam", "ulsan", "남구", "Nam-gu"], 35.544, 129.330, 24),
    region(["sejong-si", "sejong", "세종시", "Sejong-si"], 36.480, 127.289, 29),
    region(["yeongtong", "suwon", "영통구", "Yeongtong-gu"], 37.260, 127.047, 28),
    region(["bundang", "seongnam", "분당구", "Bundang-gu"], 37.383, 127.119, 37),
    region(["ilsandong", "goyang", "일산동구", "Ilsandong-gu"], 37.659, 126.775, 23),
    region(["seongsan", "changwon", "성산구", "Seongsan-gu"], 35.198, 128.703, 19),
    region(["wansan", "jeonju", "완산구", "Wansan-gu"], 35.812, 127.120, 26),
    region(["heungdeok", "cheongju", "흥덕구", "Heungdeok-gu"], 36.641, 127.432, 21),
    region(["chuncheon-si", "chuncheon", "춘천시", "Chuncheon-si"], 37.881, 127.730, 22),
    region(["jeju-si", "jeju", "제주시", "Jeju-si"], 33.500, 126.531, 38),
];

impl Region {
    /// The city that it is a part of.
    pub fn its_city(&self) -> Option<&'static City> {
        CITIES.iter().find(|city| city.id == self.city)
    }
}
