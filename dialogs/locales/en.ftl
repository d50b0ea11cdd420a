# Every sentence of the bot, in English. Ids are stable; dialogs/replies.py lists them.

## Meeting

intro = Hello, I'm the automated assistant of { $company } for keeping your details up to date. You can ask for a person at any time.
hello = What has changed? For example: "I moved to 12 Oak Street" or "I have a new phone number".
welcome = You're welcome. If any of your details change, just tell me here.
what-changed = Which of your details has changed? Tell me in your own words.
help = I'm an automated assistant, not a person. I can change your details on record: address, phone, email, name and more. Tell me what changed in your own words; I ask only for what is missing, show you exactly what will be recorded, and nothing is filed without your yes and a code. You can say "cancel", "start over", "repeat", "why?" or "a person, please" at any time.
not-understood = Sorry, I didn't quite get that.
not-understood-idle = Sorry, I didn't quite get that. I help with changes to your details. For example: "I moved" or "my email is new@example.com". Or ask for a person.
no-change-noted = Understood, nothing to change then. I leave your details as they are.
take-your-time = Of course, take your time. I'll be here.
nothing-to-repeat = There is nothing to repeat yet. Tell me what has changed and I'll help.
button-over = That button belonged to an earlier question, so I've left everything as it is.
overtaken = That message was sent before your last one and only arrived now, so what you wrote last stands.
not-my-subject = I can't answer that here, sorry: I only take changes to your details. A colleague can, just ask for a person.
how-long = Once you have agreed and typed the code, we decide within { days } and tell you here.
opted-out = Understood. We won't ask you to check your details any more. You can always write to me when something changes.

## Attachments

attachment-voice = I can't listen to voice messages, and I haven't kept it. Could you type it, please?
attachment-photo = I can't read pictures, and I haven't kept it. Could you type the details, please?
attachment-location = I can't read locations, and I haven't kept it. Could you type the address, please?
attachment-contact = That is somebody's contact card, and I haven't kept it. If it is your own new number, please type it.
attachment-edited = I saw that you edited a message. I go by what was sent first; if something should be different, just write it as a new message.
attachment-other = I can't open that, and I haven't kept it. Could you type it, please?

## Persons

person-coming = I've asked a colleague to join this chat. They will write to you here.
person-offer = I'm not sure I understand you, sorry. Would you like a person to help? I've let a colleague know.
person-declined = All right. Tell me whenever something changes.
person-joined = { $name } has joined and is writing to you now.
person-left = { $name } has handed the chat back to me, the automated assistant.
person-says = { $text }
sorry-displeasure = I'm sorry for the trouble. I've asked a colleague to look at this.
sorry-distress = I'm sorry, this sounds hard. I've asked a colleague to look after you personally.
sorry-death = I am very sorry for your loss. You don't need to fill in anything here; a colleague will write to you personally.
legal-matter = This is a matter for a person. I've passed it to a colleague, who will write to you here.
somebody-else = I can only change your own details, not somebody else's.
somebody-else-flagged = I can't change somebody else's record from this chat; please ask them to write to us themselves. I've let a colleague know in case you need help.
temporary = That sounds temporary: { $fields }. A colleague can best arrange that. Shall I ask one?
field-not-here = I can't change your { $field } in this chat, but a colleague can. Shall I ask one?

## Linking

opening = { $first ->
    [yes] { "Thanks for telling us. " }
   *[no] { "" }
}
ask-customer-number = { opening }To find your record I need your customer number. It is on our letters and bills. Please send it here.
customer-number-help = You'll find the customer number on our letters and bills. You can also open this chat from our app or website while signed in; then I know who you are. Or a colleague can help.
link-code-sent = Thank you. If that number is in our records, a { $digits }-digit code is on its way to the contact we have on file for it. Please type it here within { $minutes } minutes.
link-code-waiting = Please type the code that was sent to the contact on file for your customer number.
link-number-unknown = Thank you. I could not find one record by that number, so this chat is not connected yet, and I haven't kept the number.
link-failed = That didn't work, so this chat isn't connected to a record. You can send your customer number again, or ask for a person; I've let a colleague know.
linked = Thank you, I've found your record.
linked-already = This chat is already connected to your record.
ask-switch = This chat is connected to another account. The link you opened belongs to a different one. Shall I switch this chat to it? What was said here so far will no longer be shown.
not-switched = All right, this chat stays as it was.
link-token-over = That link can't be used any more. Please open a new one from our app or website.
link-code-message = { $company }: { $code } is your code to connect a chat to your customer record. Valid for { $minutes } minutes. We never ask for it by phone. If this wasn't you, ignore this message.
shall-we-go-on = Shall we go on with your change: { $fields }?

## Collecting

ask-changed = Has your { $field } changed?
ask-which-field = Gladly. Which detail has changed: { $fields }?
ask-address = { opening }What is your new address? Street and number, flat if there is one, city and postcode.
ask-phone = { opening }What is your new phone number?
ask-email = { opening }What is your new email address?
ask-name = { opening }What is your name now, in full, as it should be written?
ask-id-document = { opening }What kind of document is it, such as a passport, and what is its number?
ask-company = { opening }What is the name of your company now?
ask-contact-person = { opening }Who should we contact? Please give me their name and phone number.
ask-bank-account = { opening }What is your new bank account number, and at which bank?
ask-other-personal = { opening }What exactly has changed?
ask-field = { opening }What is your new { $field }?
ask-choice = { opening }What should your { $field } be?
ask-several = { opening }Please tell me the new ones: { $fields }.
ask-parts = { opening }I have { $value }. Please add the { $parts }.
ask-parts-ambiguous = { opening }There may be more than one { $value }. Please add the { $parts }.
problem-phone-short = That number has too few digits. Please send the whole number again.
problem-phone-long = That number has too many digits. Please send the whole number again.
check-email = I read { $value } and am not sure it is spelled right. Please check it and send the whole address once more.
problem-email = That doesn't look like a complete email address. Please send it again, like name@example.com.
problem-id-document = That document number can't be right: one of its digits doesn't fit. Please check it and send it again.
problem-id-length = That number doesn't have the right length. Chinese resident ID numbers have 18 characters; the old ones with 15 digits are no longer valid. Please send the number as it stands on your present document.
problem-bank-account = That account number can't be right: its check digits don't fit. Please check it and send it again.
problem-value = I can't take that as your { $field }. Please send it again in full.
kept-earlier = For now I keep your { $field } as { $value }.
slot-needed = I understand. Without the { $parts } I can't change your { $field }, though. You can send it later, cancel, or ask for a person. Until then nothing changes.
noted-for-later = I've also noted: { $fields }. We'll do that right after this.
same-as-record = That is already what we have on record ({ $fields }), so there is nothing to change.
ask-replace = You already have a request open for your { $field }: { $number }. Shall the new change replace it?
kept-open-request = All right, { $number } stays as it is.
ask-next = You also mentioned your { $field }. Shall we change that too?
left-as-is = All right, I leave your { $field } as it is.
cancelled = Cancelled. Nothing has been changed: { $fields }.
cancelled-fields = I've taken this out: { $fields }. The rest goes on.
nothing-to-cancel = There is nothing under way to cancel. Nothing has been changed.
cancel-filed = { $count ->
    [one] You have a request with us that is filed and not applied yet: { $numbers } ({ $fields }). Shall I withdraw it?
   *[other] You have requests with us that are filed and not applied yet: { $numbers } ({ $fields }). Which one shall I withdraw, or all of them?
}
withdrawn = { $count ->
    [one] Withdrawn: { $numbers } ({ $fields }). It goes no further, and what we have on record stays as it is.
   *[other] Withdrawn: { $numbers } ({ $fields }). They go no further, and what we have on record stays as it is.
}
withdraw-kept = All right, nothing is withdrawn.
withdraw-over = That request can't be withdrawn any more: it has ended or was applied. If something is wrong now, tell me what it should be and I'll change it, or ask for a person.
withdraw-person = { $count ->
    [one] { $numbers } was made with a colleague, not in this chat, so it can't be stopped or replaced here. I've asked a colleague to look; they will write to you here.
   *[other] { $numbers } were made with a colleague, not in this chat, so they can't be stopped or replaced here. I've asked a colleague to look; they will write to you here.
}
withdraw-nothing = There is no open request of yours to withdraw. What has been applied can't be taken back, but it can be put right: tell me what is wrong, or what it should be instead, or ask for a person.
restarted = All right, let's start over. What you told me so far no longer counts.

## Confirming

summary-old = { $old ->
    [none] { "" }
   *[other] { "\u000A" }from  { $old }
}
summary-removed = { $old ->
    [none] { "" }
   *[other] { " " }{ $old }
}
summary-effective = { $effective ->
    [none] { "" }
   *[other] , from { $effective }
}
summary-recipients = { $count ->
    [0] { "" }
   *[other] { " " }It goes to: { $recipients }.
}
summary-item = { $operation ->
    [remove] I'd remove your { $field }{ summary-removed } from our records{ summary-effective }
   *[change] I'd change your { $field }{ summary-old }{ "\u000A" }to  { $new }{ summary-effective }
}
summary = { summary-item }
    { $purpose }.{ summary-recipients }
    May I file this?
summary-several = All of this { $purposes }.{ summary-recipients }
    May I file these changes together?
summary-sensitive = { summary-item }
    { $purpose }.{ summary-recipients }
    This is sensitive, so I ask for your consent to it separately. May I file this?
summary-changed-since = That button belonged to an earlier summary, so I have not taken it as your yes. This is how it stands now:
what-to-correct = What should be different: { $fields }? You can also just write it as it should be.
what-instead = What should your { $field } be instead?
consent-withdraw = You can withdraw your consent at any time by writing to us in this chat; until the change is applied it is then stopped.

## Verifying

proofs-missing = To make sure it's really you, { $count } codes are needed: { $missing }.
proof-accepted = Thank you, that code is right. Still missing: { $missing }.
ask-old-works = Does { $kind } { $masked } still receive messages?
code-sent = I sent a { $digits }-digit code to { $kind } { $masked }. It is valid for { $minutes } minutes. Please type it here.
code-sent-new = I sent a { $digits }-digit code to { $kind } { $masked }. It is valid for { $minutes } minutes. Please type it here.
code-waiting = Please type the code I sent to { $kind } { $masked }.
code-wrong = That code doesn't match. { $left ->
    [0] No tries are left for it.
    [one] You have one more try.
   *[other] You have { $left } more tries.
}
code-expired = That code's time is up. Shall I send a new one?
code-failed = That code doesn't match, and it can't be tried again. Nothing has been changed. I've asked a colleague to look.
code-limit = I can't send any more codes for now. Nothing has been changed or filed. I've asked a colleague to help you here.
code-none-live = There is no valid code at the moment. Shall I send a new one?
code-alone = Your code is right, but you said more with it, so I haven't filed anything yet. To go on, send me just the code; or tell me what should be different.
code-over = That code no longer counts, and nothing has been changed with it.
code-trouble = Not there yet? I can send a new code, use another contact, or ask a colleague.
no-reachable-contact = I have no contact on file left that I could send a code to, so I can't file this yet. Nothing has been changed, and what you agreed to is kept. I've asked a colleague to make sure that it is you: they call you back on a number we have had on file for long, or see you and your identity document, by video or at the counter. Please never give a code to somebody who calls you.
no-code-now = I can't send a code for your record right now, so nothing has been filed or changed. A colleague has to look first. They will write to you here.
person-vouched = { $name } has made sure that it is you, for exactly the change you agreed to.
code-message = { $company }: { $code } is your code to change your { $what }. Valid for { $minutes } minutes. Type it only in the chat where you asked for the change. We never ask for it by phone. If this wasn't you, ignore this message.

## What do you have on me?

disclose-first-link = Gladly, once I know which record is yours.
disclose-afterwards = I can show you your record as soon as this change is done or cancelled.
disclose-no-contact = I can only show your record after a code to a contact on file, and there is none I could send one to. I've asked a colleague to help you here.
disclose-code-sent = Before I show what we have about you, I sent a { $digits }-digit code to { $kind } { $masked }. It is valid for { $minutes } minutes. Please type it here.
disclose-code-message = { $company }: { $code } is your code to see in the chat what we have on record about you. It changes nothing. Valid for { $minutes } minutes. We never ask for it by phone. If this wasn't you, ignore this message.
disclose-failed = That code doesn't match, and it can't be tried again. I've shown nothing. I've asked a colleague to look.
disclosed-first = This is what we have on record about you:
disclosed = Your { $field }: { $value }
disclosed-last = If any of it is wrong, just tell me what it should be. A colleague can tell you more about how we use it.
disclosed-nothing = There is nothing on record about you besides your customer number.

## Filed, and after

days = { $days ->
    [one] 1 working day
   *[other] { $days } working days
}
filed = Filed as { $number } (your { $field }). We decide within { days } and tell you here. Until then nothing changes.
filed-several = Filed as { $numbers } ({ $fields }). We decide within { days } and tell you here. Until then nothing changes.
receipt = Done: your { $field } is now { $masked } ({ $number }). Is this right?
receipt-removed = Done: your { $field } has been removed from our records ({ $number }). Is this right?
receipt-thanks = Thank you for checking. { $number } is closed: your { $field } is up to date everywhere.
receipt-disputed = I'm sorry about that. I've noted that your { $field } in { $number } is not right, and asked a colleague to look. They will write to you here.
receipt-over = { $number } has already been answered, thank you.
request-cooling-off = Your request { $number } ({ $field }) has been approved. For your protection it takes effect on { $until }. I'll tell you here.
request-scheduled = Your request { $number } ({ $field }) has been approved and takes effect on { $until }. I'll tell you here.
request-outstanding = Your { $field } has been changed ({ $number }), but these systems don't have it yet: { $targets }. A colleague is seeing to it.
request-rejected = Your request { $number } could not be approved, so your { $field } stays as it was. Ask for a person if you'd like to talk about it.
request-returned = A colleague has a question about your request { $number } ({ $field }): { $question }
answer-passed-on = Thank you, I've passed that on. The review of { $number } goes on, and I'll tell you here.
request-expired = Your request { $number } has expired, so your { $field } stays as it was. Just write to me if it is still needed.
request-stale = Your { $field } was changed in the meantime, so { $number } no longer applies and has been closed. Just write to me if something is still wrong.
request-frozen = Your request { $number } ({ $field }) is on hold: somebody with a contact on your record says it wasn't them. Nothing changes until a colleague has looked.
request-released = A colleague has looked, and { $number } ({ $field }) is being reviewed again. I'll tell you here.
dispute-upheld = A colleague has looked at { $number } again: your { $field } stays as it was recorded. Ask for a person if you'd like to talk about it.
notice-changed = { $company }: the { $field } on your customer record has been changed. If this wasn't you, say so here and we stop everything until a person has looked: { $link }
notice-filed = { $company }: somebody whom our staff identified has asked us to change your customer record ({ $fields }). If this wasn't you, say so here and we stop it until a person has looked: { $link }
notice-linked = { $company }: a chat has been connected to your customer record. If this wasn't you, please contact us at once.

## Check-ins

check-in = A quick check: is your { $field } { $masked } still right?
check-in-still = Thank you, noted.
check-in-later = No problem, I'll ask another time.
check-in-stop = Understood, I won't ask again. You can always write to me when something changes.
check-in-over = Thank you. That question is already settled.

## Silence

nudge = Are you still there? We were in the middle of changing: { $fields }. Shall we go on?
parked = I've put your change aside ({ $fields }). Nothing has been filed yet. Write to me within { $days } days and we go on where we stopped.
parked-by-customer = No problem. I'll keep this for { $days } days; just write to me and we go on where we stopped. Nothing has been filed yet.
expired = I've dropped the change we hadn't finished ({ $fields }). Nothing has been changed. You can start again any time.
welcome-back = Welcome back. We were changing: { $fields }. Nothing has been filed yet.

## Why do you ask?

why-field = We need your { $field } { $purpose }. I ask for nothing else.
why-customer-number = So that I change your record and nobody else's. I never show what is on it to somebody who hasn't proved who they are.
why-code = So that nobody but you can change your record. The code only counts for exactly this change, in this chat.
why-general = I ask only for what a change needs, and I say what it is for before anything is filed.

purpose-address = so that post and deliveries reach you
purpose-phone = so that we can reach you by phone
purpose-email = so that our emails reach you
purpose-name = so that your name is right on letters and contracts
purpose-id_document = because the law asks us to know who you are
purpose-company = so that letters and invoices name the right company
purpose-contact_person = so that we know whom to call on your behalf
purpose-bank_account = so that payments go to the right account
purpose-other_personal = so that what we know about you is right

## Words

field-address = address
field-phone = phone number
field-email = email address
field-name = name
field-id_document = identity document
field-company = company
field-contact_person = contact person
field-bank_account = bank account
field-other_personal = personal details

contact-phone = your phone
contact-email = your mailbox
contact-new-phone = your new phone number
contact-new-email = your new mailbox

proof-on-file = one sent to a contact already on file
proof-second-on-file = one sent to a second contact already on file
proof-phone-on-file = one sent to the phone already on file
proof-new-phone = one sent to your new phone number
proof-new-email = one sent to your new email address

part-address-country = country
part-address-state = state
part-address-province = province
part-address-city = city
part-address-district = district
part-address-town = town or subdistrict
part-address-community = community
part-address-postcode = postcode
part-address-street = street
part-address-road = road
part-address-number = house number
part-address-poi = name of the estate or building
part-address-building = building
part-address-unit = unit
part-address-floor = floor
part-address-room = room
part-address-po_box = PO box
part-address-recipient = recipient
part-phone-e164 = phone number
part-phone-extension = extension
part-email-email = email address
part-id_document-number = document number
part-id_document-type = kind of document
part-name-full = full name
part-name-given_name = first name
part-name-family_name = last name
part-company-name = company name
part-company-title = position
part-contact_person-name = name
part-contact_person-relation = relation to you
part-contact_person-e164 = phone number
part-bank_account-number = account number
part-bank_account-bank = bank
part-other_personal-text = new information
part-other_personal-kind = kind of information

## Buttons

button-yes = Yes
button-no = No
button-cancel = Cancel
button-consent-yes = Yes, file it
button-consent-change = Change something
button-code-resend = Send a new code
button-code-other = Use another contact
button-replace-yes = Yes, replace it
button-replace-no = No, keep that one
button-old-works = Yes, it works
button-old-gone = No, not any more
button-receipt-right = Yes, that's right
button-receipt-wrong = No, that's wrong
button-checkin-still = Still right
button-checkin-changed = Something changed
button-checkin-later = Later
button-checkin-stop = Stop asking
button-person-yes = A person, please
button-person-no = No, thanks
button-resume-yes = Go on
button-switch-yes = Yes, switch
button-switch-no = No, keep it
button-withdraw = Withdraw the request
button-withdraw-no = Withdraw nothing
button-contact-share = Share my phone number
