type Examples = readonly [line: string, meaning: string][];

/** What the help of each operator's command shows, by its words. */
export const operatorExamples: Record<string, Examples> = {
  user: [
    ['drey user add alice --admin', 'the first administrator'],
    ['drey user invite bob', 'a link by which bob makes his account'],
  ],
  'user add': [
    ['drey user add alice --admin', 'asks for the password'],
    ['drey user add bob --password-stdin < password.txt', 'for scripts'],
  ],
  'user ls': [["drey user ls --json | jq -r '.[].name'", 'for programs']],
  'user disable': [['drey user disable bob', 'nothing of his works until he is enabled again']],
  'user enable': [['drey user enable bob', 'his tokens and links work again']],
  'user promote': [['drey user promote alice', 'makes her an administrator']],
  'user demote': [['drey user demote alice', 'takes that back']],
  'user quota': [
    ['drey user quota bob 500G', 'what is there already stays'],
    ['drey user quota bob default', 'as everybody else'],
  ],
  'user passwd': [['drey user passwd bob', 'asks for the new password, and signs him out everywhere']],
  'user rm': [
    ['drey user rm bob', 'his files stay, and can be given to somebody later'],
    ['drey user rm bob --give-home-to alice', 'alice finds them in her home'],
  ],
  'user give-home': [['drey user give-home bob alice', 'once bob is gone']],
  'user invite': [
    ['drey user invite bob --expires 12h', 'for an account called bob'],
    ['drey user invite --group vision', 'who is invited chooses a name, and is in the group at once'],
  ],
  group: [
    ['drey group add vision', 'an empty group'],
    ['drey group join vision alice bob', 'two go in'],
    ['drey share storage:cifar-10 group:vision read', 'what the group may do'],
  ],
  'group add': [['drey group add vision', 'an empty group']],
  'group ls': [['drey group ls', 'who is in which']],
  'group rm': [['drey group rm vision', 'what was granted to it ends']],
  'group join': [['drey group join vision alice bob', 'what was granted to it holds for both at once']],
  'group leave': [['drey group leave vision bob', 'ends it for bob at once']],
  token: [
    ['drey token create --user bob --label laptop', 'prints it once'],
    ['drey token ls --user bob', 'what he has, and when it was used last'],
  ],
  'token create': [
    [
      'drey token create --user bob --label nightly --expires 30d --read-only --uri storage:runs',
      'for a nightly job that fetches one folder',
    ],
  ],
  'token ls': [['drey token ls --user bob', 'when each was used last']],
  'token revoke': [['drey token revoke 4fT0…', 'ends it at once']],
  key: [
    ['drey key ls', 'how many live links hang on each'],
    ['drey key rotate', 'new links are signed with a new one'],
  ],
  'key ls': [['drey key ls', 'how many live links hang on each']],
  'key rotate': [['drey key rotate', 'links that are out there work on']],
  'key retire': [['drey key retire k1', 'when an old key may be in wrong hands']],
};
