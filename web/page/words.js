// Every word of the page, in Korean and English.

const WORDS = {
  not_paired: ["이 기기는 아직 출입문에 연결되지 않았습니다", "This device is not paired with a gate yet"],
  how_to_pair: [
    "출입문을 관리하는 컴퓨터에서 `jigap gate pair`를 실행하고, 나온 링크를 이 기기에서 여십시오.",
    "Run `jigap gate pair` on the computer that keeps the gate, and open its link on this device.",
  ],
  pair: ["이 기기를 연결합니다", "Pair this device"],
  start: ["카메라 켜기", "Start the camera"],
  other_camera: ["다른 카메라", "Other camera"],
  admitted: ["명 입장", "admitted"],
  refused: ["건 거절", "refused"],
  pace: ["명/분", "a minute"],
  paper: ["종이로 입장: 신분증을 확인하십시오", "On paper: check the ID"],
  forget: ["연결 끊기", "Forget this gate"],
  lost_rows: ["전달하지 못한 출입 기록 {0}건이 사라집니다. ", "{0} rows of the entry log that are on this device alone are lost. "],
  lost_tickets: ["알리지 못한 사용한 입장권 {0}장이 사라져 다시 쓰일 수 있습니다. ", "{0} used tickets that were not told are lost, and can be used again. "],
  lost_unread: ["전달하지 못한 것이 있으면 사라집니다. ", "What was not handed over is lost. "],
  forget_sure: ["이 기기에서 출입문의 키를 지웁니다. 계속하시겠습니까?", "Removes the gate's key from this device. Go on?"],
  asks: ["확인하는 사실", "Asks"],
  nothing: ["패스만", "a pass, nothing else"],
  ticket: ["입장권", "a ticket"],
  membership: ["회원증", "a membership"],
  "student-card": ["학생증 카드", "a student card"],
  screen: ["지갑으로 이 코드를 읽고, 나온 코드를 카메라에 보여 주십시오", "Read this with your wallet, then show its code to the camera"],
  poster: ["포스터를 읽고 나온 코드를 카메라에 보여 주십시오 (화면보다 약함)", "Read the poster, then show your code to the camera (weaker than a screen)"],
  "one-way": ["지갑의 코드를 카메라에 보여 주십시오 (가장 약함)", "Show your wallet's code to the camera (the weakest way)"],
  open: ["입장하십시오", "Please enter"],
  weaker: [" (약함)", " (weaker)"],
  check_id: ["패스를 판정할 수 없습니다. 신분증을 눈으로 확인하십시오", "The gate cannot judge: check IDs by eye"],
  age: ["신뢰 정보: {0} 전", "trust data: {0} old"],
  ageing: ["신뢰 정보: {0} 전. 네트워크에 연결하십시오", "trust data: {0} old. Connect this device"],
  old: ["신뢰 정보가 {0} 전 것이라 출입문을 열지 않습니다", "trust data is {0} old: the gate stays shut"],
  future: ["신뢰 정보의 시각이 앞서 있습니다. 기기의 시계를 확인하십시오", "trust data is of the future: look at this device's clock"],
  no_issuer: ["믿는 패스 발급자가 없습니다", "no issuer of passes is trusted"],
  bundle_refused: ["새 신뢰 정보가 거절되어 쓰던 것을 계속 씁니다. 관리자에게 알리십시오.", "The newer trust data is refused, what was in use stays: tell whoever runs the gate"],
  keeps_nothing: ["이 기기에 입장 기록을 남길 수 없어 들이지 않습니다. 저장 공간을 확인하십시오.", "This device cannot write down whom it lets in: look at its storage"],
  not_met: ["사용한 입장권을 아직 받지 못해 입장권을 받지 않습니다. 네트워크에 연결하십시오.", "No ticket opens yet: connect this device, so that it hears which were used"],
  told: ["사용한 입장권을 출입문을 관리하는 컴퓨터에 모두 알렸습니다", "used tickets: told to the computer that keeps the gate"],
  untold: ["아직 알리지 못한 사용한 입장권 {0}장", "used tickets not told yet: {0}"],
  used_twice: ["중복 입장 {0}건. 담당자에게 알리십시오.", "Tickets used twice: {0}. Tell whoever runs the gate"],
  lasting: ["이 브라우저가 저장한 것을 지울 수 있습니다. 홈 화면에 추가하십시오.", "This browser may delete what it keeps: add the page to the home screen"],
  logged: ["출입 기록을 모두 전달했습니다", "entry log: handed over"],
  unsent: ["아직 전달하지 못한 출입 기록 {0}건", "entry log: {0} rows on this device alone"],
  log_refused: ["출입 기록을 전달할 수 없어 아무도 들이지 않습니다. 담당자에게 알리십시오.", "The entry log is refused where it is kept: nobody is let in. Tell whoever runs the gate"],
  policy_refused: ["출입 기록의 새 정책이 거절되었습니다. 담당자에게 알리십시오.", "The entry log's newer policy is refused: tell whoever runs the gate"],
  one_at_a_time: ["한 번에 하나씩 보여 주십시오", "One at a time, please"],
  broken: ["스캐너가 멈췄습니다. 다시 여는 중입니다. 신분증을 눈으로 확인하십시오.", "The scanner stopped and is being opened anew: check IDs by eye"],
  other_tab: ["이 출입문은 다른 탭에서 열려 있습니다", "This gate is open in another tab"],
  minutes: ["{0}분", "{0} min"],
  hours: ["{0}시간", "{0} h"],
  offline: ["오프라인으로 작동 중", "working offline"],
  online: ["온라인", "online"],
  speed: ["한 장면 {0} ms", "{0} ms a frame"],
  no_camera: ["카메라를 쓸 수 없습니다. 권한을 확인하십시오. 스캐너로 입력한 코드는 읽습니다.", "The camera cannot be used: look at its permission. Codes typed by a scanner are read."],
  insecure: ["https로 열어야 카메라를 쓸 수 있습니다", "The camera needs https"],
  not_taken: ["연결 코드가 끝났거나 이미 쓰였습니다. `jigap gate pair`를 다시 실행하십시오.", "The pairing code has ended or was used. Run `jigap gate pair` again."],
  not_read: ["출입문을 관리하는 컴퓨터의 답을 읽을 수 없습니다. 담당자에게 알리십시오.", "The computer that keeps the gate says what cannot be read: tell whoever runs the gate"],
  cannot_pair: ["출입문을 관리하는 컴퓨터가 지금 연결할 수 없습니다. 그 컴퓨터를 확인한 뒤 다시 시도하십시오. 연결 코드는 그대로 쓸 수 있습니다.", "The computer that keeps the gate cannot pair now: look there, then try again. The code still counts."],
  no_server: ["출입문을 관리하는 컴퓨터에 연결할 수 없습니다", "The computer that keeps the gate cannot be reached"],
  unusable: ["이 기기에 저장된 출입문 정보를 쓸 수 없습니다", "What this device has of the gate cannot be used"],
  unpaired_there: ["이 기기의 연결이 해제되었습니다. 다시 연결하십시오.", "The gate does not know this device any more: pair it again"],
  passes: ["출입 패스", "Entry passes"],
  read_the_gate: ["출입문 화면이나 포스터를 카메라로 읽으십시오", "Read the gate's screen or poster with the camera"],
  it_is_told: ["보여 줄 내용", "It is told"],
  traceable: ["발급자가 알아보는 패스", "a pass that its issuer recognises"],
  blind: ["발급자도 알아보지 못하는 패스", "a pass that its issuer does not recognise"],
  is_traceable: ["발급자는 누구의 패스인지 알 수 있습니다", "its issuer can tell whose it is"],
  is_blind: ["발급자도 누구의 패스인지 알 수 없습니다", "its issuer cannot tell whose it is"],
  seen_elsewhere: ["다른 곳에 보여 준 패스입니다. 두 곳이 같은 사람임을 알아낼 수 있습니다.", "Another venue has seen this pass: the two can find out that it was one person."],
  show_it: ["보여 주기", "Show it"],
  no: ["아니요", "No"],
  another_gate: ["다른 출입문 읽기", "Read another gate"],
  seconds: ["초", "s"],
  left: ["남은 패스 {0}개", "{0} passes left"],
  screen_changed: ["출입문 화면이 바뀌었습니다. 다시 읽으십시오.", "The gate's screen has changed: read it again."],
  no_wallet: ["지갑에 연결할 수 없습니다. `jigap wallet page`가 실행 중인지 보십시오.", "The wallet cannot be reached: is `jigap wallet page` running?"],
  no_link: ["`jigap wallet page`가 출력한 링크를 여십시오.", "Open the link that `jigap wallet page` printed."],
};

const FACTS = {
  student: ["학생", "student"],
};

let korean = !navigator.language || navigator.language.startsWith("ko");

export function isKorean() {
  return korean;
}

export function speak(wanted) {
  korean = wanted;
  document.documentElement.lang = korean ? "ko" : "en";
}

// The word of this name, with what stands in for {0}.
export function word(name, value) {
  const text = WORDS[name][korean ? 0 : 1];
  return value === undefined ? text : text.replace("{0}", value);
}

// A fact of a pass as people say it.
export function fact(name) {
  const years = /^age_over_(\d+)$/.exec(name);
  if (years) return korean ? `${years[1]}세 이상` : `${years[1]} or older`;
  return FACTS[name] ? FACTS[name][korean ? 0 : 1] : name;
}

// Puts a text there, if it is another one: what is read aloud is read once.
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Seconds as minutes or hours.
export function span(seconds) {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  return minutes < 120 ? word("minutes", minutes) : word("hours", Math.floor(minutes / 60));
}
