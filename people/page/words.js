// Every word of the page, in Korean and English.

const WORDS = {
  title: ["자격이 확인된 사람 찾기", "People with verified qualifications"],
  skip: ["결과로 가기", "Skip to the results"],
  words: ["찾는 사람", "Whom you seek"],
  hint: ["세무사, ㅅㅁㅅ, 종합소득세 마포…", "tax accountant, wine class Gangnam…"],
  find: ["찾기", "Find"],
  suggested: ["추천 검색어", "Suggestions"],
  kind: ["자격", "Qualification"],
  any_kind: ["모든 자격", "Any"],
  region: ["지역", "Region"],
  any_region: ["모든 지역", "Anywhere"],
  mode: ["만나는 방법", "How to meet"],
  any_mode: ["어떤 방법이든", "Any way"],
  sort: ["순서", "Order"],
  relevance: ["관련도순", "Best match"],
  distance: ["가까운 순", "Nearest"],
  response: ["답이 빠른 순", "Answers most"],
  near: ["내 주변", "Near me"],
  near_region: ["{0} 주변에서 찾습니다. 위치는 이 기기를 떠나지 않고 가장 가까운 지역만 보냅니다.", "Searching around {0}. Your position stays on this device: only the nearest district is sent."],
  no_position: ["위치를 알 수 없습니다. 지역을 고르십시오.", "Your position is not known. Choose a region."],
  narrow: ["좁히기", "Narrow"],
  more: ["더 보기", "Show more"],
  promise: [
    "✓ 표시는 검증자가 확인했고 지금도 유효한 사실입니다. 그 밖의 글은 본인이 쓴 것입니다. 검색어는 저장되지 않으며 주소에 남지 않습니다.",
    "✓ marks what a verifier checked and what still holds. All else is in the person's own words. What you seek is in no address and is not kept.",
  ],
  found: ["{0}명 이상을 찾았습니다", "{0} or more found"],
  few: ["5명 미만을 찾았습니다", "Fewer than 5 found"],
  none: ["찾지 못했습니다. 다른 말로 찾아보십시오.", "Nobody found. Try other words."],
  own: ["본인이 쓴 글", "In their own words"],
  proved: ["확인된 사실", "Verified"],
  what: ["무엇을", "What"],
  by: ["누가 발급", "Issued by"],
  where: ["소속", "Of"],
  since: ["언제부터", "Since"],
  checked: ["마지막 확인", "Last checked"],
  today: ["오늘", "today"],
  "this-week": ["이번 주", "this week"],
  "this-month": ["이번 달", "this month"],
  earlier: ["한 달 전", "over a month ago"],
  "in-person": ["대면", "in person"],
  video: ["화상", "video"],
  chat: ["채팅", "chat"],
  phone: ["전화", "phone"],
  price: ["시간당 {0}원", "₩{0} an hour"],
  free: ["무료", "free"],
  rings: ["약 {0} km 안", "within about {0} km"],
  mon: ["월", "Mon"], tue: ["화", "Tue"], wed: ["수", "Wed"], thu: ["목", "Thu"], fri: ["금", "Fri"], sat: ["토", "Sat"], sun: ["일", "Sun"],
  night: ["새벽", "nights"], morning: ["오전", "mornings"], afternoon: ["오후", "afternoons"], evening: ["저녁", "evenings"],
  why: ["왜 이 순서인가", "Why it stands here"],
  unreachable: ["서버에 연결할 수 없습니다. 잠시 뒤에 다시 찾으십시오.", "The server cannot be reached. Try again soon."],
};

let place = navigator.language.startsWith("ko") ? 0 : 1;

export const language = () => (place === 0 ? "ko" : "en");

export function turn() {
  place = 1 - place;
}

// The text of a name, `{0}` replaced; the name itself where there is none.
export function word(name, value = "") {
  return (WORDS[name]?.[place] ?? name).replace("{0}", value);
}
