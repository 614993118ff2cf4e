// Types of everything that goes over Hubbub's REST and sockets, made from the same types as the server.
//
// `ServerEvent` is what comes over /ws, `ClientCommand` what goes; both are told apart by `type`. What has `Input` after its
// name is taken in another form than it is given. `Requests` has every request by its method and path.

/**
 * Whom an announcement is for.
 */
export type Recipients = "everyone" | "newcomers" | "staff";
/**
 * A linked stretch of a text. Stretches are in order and do not overlap.
 */
export type Entity = {
  /**
   * One past the last byte.
   */
  end: number;
  /**
   * First byte, in the UTF-8 text.
   */
  start: number;
} & Entity1;
export type Entity1 =
  | {
      kind: "link";
      /**
       * Where it leads.
       */
      url: string;
    }
  | {
      kind: "mention";
      /**
       * The handle, without `@`.
       */
      username: string;
    }
  | {
      kind: "tag";
      /**
       * Lowercase, without `#`.
       */
      tag: string;
    };
/**
 * How an announcement stands in time.
 */
export type AnnouncementState = "scheduled" | "running" | "over";
/**
 * What happened to a notification.
 */
export type NotificationStatus = "queued" | "delivered" | "read" | "unread" | "removed" | "failed";
/**
 * A way to reach a person.
 */
export type Channel = "in_app" | "push" | "email";
/**
 * What a notification is about. A new kind is a variant here; the compiler then asks for its sentence, icon and place.
 */
export type NotificationKind =
  "like" | "comment" | "follow" | "message" | "mention" | "friend_request" | "job_application" | "system";
/**
 * What a person may do beyond their own things; each may also do what those before it may.
 */
export type Role = "member" | "moderator" | "admin" | "owner";
/**
 * How an attachment is shown.
 */
export type AttachmentKind = "image" | "voice" | "file";
/**
 * How far an application is.
 */
export type Stage = "submitted" | "viewed" | "interview" | "offer" | "accepted" | "rejected" | "withdrawn";
/**
 * How far two people are on the way to being connected, as one of them sees it.
 */
export type ConnectionState = "none" | "requested" | "asked" | "connected";
/**
 * What somebody wants of a connection. Each says what it is for, so that a late press does nothing else than it said.
 */
export type ConnectionWish = "ask" | "accept" | "decline" | "withdraw" | "remove" | "restore" | "end";
/**
 * Which list of conversations.
 */
export type ConversationBox = "inbox" | "requests";
/**
 * Two people, or a group.
 */
export type ConversationKind = "direct" | "group";
/**
 * What happened to a group, said in the thread.
 */
export type Note =
  | {
      kind: "created";
    }
  | {
      kind: "added";
      /**
       * Whom.
       */
      person: PersonRef;
    }
  | {
      kind: "removed";
      /**
       * Whom.
       */
      person: PersonRef;
    }
  | {
      kind: "left";
    }
  | {
      kind: "renamed";
      /**
       * The new title.
       */
      title: string;
    };
/**
 * How somebody stands to a conversation.
 */
export type Standing = "active" | "requested" | "declined" | "left";
/**
 * Which list of posts.
 */
export type FeedKind = "everyone" | "following";
/**
 * Who may see a post.
 */
export type Audience = "public" | "followers" | "connections";
/**
 * Which jobs a list is of.
 */
export type JobsOf = "open" | "applied" | "mine";
/**
 * What sort of work it is.
 */
export type JobKind = "full_time" | "part_time" | "contract" | "internship" | "volunteer";
/**
 * When letters of a kind are sent.
 */
export type EmailTiming = "at_once" | "daily" | "never";
/**
 * What a personal access token may do. What no scope names is never open to one.
 */
export type Scope = "read" | "write" | "messages" | "socket" | "admin";
/**
 * Which notifications a list is of.
 */
export type NotificationFilter = "all" | "unread" | "mentions" | "requests";
/**
 * Which variety of its kind a notification is: decides its sentence.
 */
export type Occasion =
  | "post_liked"
  | "comment_liked"
  | "post_commented"
  | "comment_replied"
  | "followed"
  | "wrote"
  | "wrote_in_group"
  | "mentioned_in_post"
  | "mentioned_in_comment"
  | "mentioned_in_message"
  | "connection_asked"
  | "connection_accepted"
  | "applied"
  | "application_moved"
  | "announced"
  | "tested";
/**
 * The stable machine code of an error, the same over REST, server functions and sockets.
 */
export type ErrorCode =
  | "malformed"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "too_large"
  | "unsupported_media"
  | "invalid"
  | "rate_limited"
  | "unknown_type"
  | "internal"
  | "unavailable";
/**
 * What a client may ask over the native socket.
 */
export type ClientCommand =
  | CommandPing
  | CommandWatchFeed
  | CommandUnwatchFeed
  | CommandWatchPosts
  | CommandUnwatchPosts
  | CommandWatchPeople
  | CommandUnwatchPeople
  | CommandSetIdle
  | CommandResume
  | CommandSyncConversations
  | CommandJoinConversation
  | CommandLeaveConversation
  | CommandTyping
  | CommandSendMessage
  | CommandReadMessage
  | CommandReceiveMessage
  | CommandMarkRead
  | CommandMarkAllRead
  | CommandGetUnreadCount
  | CommandCustomEvent;
/**
 * Whether somebody is there.
 */
export type Status = "online" | "offline";
/**
 * What the server sends over the native socket.
 */
export type ServerEvent =
  | EventConnected
  | EventAck
  | EventLikeUpdate
  | EventCommentUpdate
  | EventNewPost
  | EventPostUpdated
  | EventPostDeleted
  | EventNewMessage
  | EventMessageUpdated
  | EventMessageDeleted
  | EventReactionUpdate
  | EventMessageRead
  | EventMessageDelivered
  | EventTyping
  | EventUserStatus
  | EventConversationUpdate
  | EventMembershipUpdate
  | EventConversationChanges
  | EventJobUpdate
  | EventApplicationUpdate
  | EventNotification
  | EventNotificationUpdate
  | EventConnectionRequest
  | EventConnectionAccepted
  | EventConnectionDeclined
  | EventConnectionUpdate
  | EventSightUpdate
  | EventUnreadCount
  | EventCustomResponse
  | EventPong
  | EventError
  | EventGoingAway;

export interface Requests {
  /**
   * Announces something
   */
  "POST /api/admin/announcements": {
    body: NewAnnouncement;
    answer: Announcement;
  };
  /**
   * How many it would reach
   */
  "GET /api/admin/announcements/recipients": {
    query?: {
      /**
       * Whom it is for; `everyone` unless it says otherwise.
       */
      of?: Recipients;
    };
    answer: Counted;
  };
  /**
   * Ends an announcement now
   */
  "POST /api/admin/announcements/{id}/end": {
    answer: Announcement;
  };
  /**
   * What became of notifications by each channel
   */
  "GET /api/admin/deliveries": {
    query?: {
      /**
       * Only `queued`, `delivered`, `read` or `failed`.
       */
      status?: NotificationStatus;
      /**
       * Only by this channel.
       */
      channel?: Channel;
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: DeliveryPage;
  };
  /**
   * Everyone, with roles and suspensions
   */
  "GET /api/admin/people": {
    query?: {
      /**
       * The beginning of a name or handle.
       */
      q?: string;
      /**
       * Only with this role.
       */
      role?: Role;
      /**
       * Only who is suspended, or who is not.
       */
      suspended?: boolean;
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: ManagedPersonPage;
  };
  /**
   * Changes what somebody may do
   */
  "PUT /api/admin/people/{id}/role": {
    body: RoleChange;
    answer: Done;
  };
  /**
   * Lets them in again
   */
  "DELETE /api/admin/people/{id}/suspension": {
    answer: Done;
  };
  /**
   * Suspends somebody
   */
  "PUT /api/admin/people/{id}/suspension": {
    body: NewSuspension;
    answer: Done;
  };
  /**
   * What was announced to the asker
   */
  "GET /api/announcements": {
    query?: {
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: AnnouncementPage;
  };
  /**
   * The newest that runs and that the asker has not read; `null` when there is none
   */
  "GET /api/announcements/unread": {
    answer: CurrentAnnouncement | null;
  };
  /**
   * One announcement
   */
  "GET /api/announcements/{id}": {
    answer: Announcement;
  };
  /**
   * Withdraws it
   */
  "DELETE /api/applications/{id}": {
    answer: Application;
  };
  /**
   * One application
   */
  "GET /api/applications/{id}": {
    answer: Application;
  };
  /**
   * Moves it on
   */
  "PATCH /api/applications/{id}": {
    body: ApplicationMove;
    answer: Application;
  };
  /**
   * The same for sockets
   */
  "GET /api/asyncapi.json": {
    answer: unknown;
  };
  /**
   * Uploads what a message or an application carries
   */
  "POST /api/attachments": {
    answer: Attachment;
  };
  /**
   * Throws one's own away that nothing carries
   */
  "DELETE /api/attachments/{id}": {
    answer: Done;
  };
  /**
   * Confirms the address that a letter was sent to
   */
  "POST /api/auth/confirm": {
    body: LinkKey;
    answer: Done;
  };
  /**
   * Sends a letter with a link to set a new password
   */
  "POST /api/auth/forgot": {
    body: Forgotten;
    answer: Done;
  };
  /**
   * Signs in
   */
  "POST /api/auth/login": {
    body: Login;
    answer: SignedIn;
  };
  /**
   * Ends the session and its sockets
   */
  "POST /api/auth/logout": {
    answer: Done;
  };
  /**
   * Ends every session and token, and their sockets
   */
  "POST /api/auth/logout-everywhere": {
    answer: Done;
  };
  /**
   * Trades a refresh token for the next pair
   */
  "POST /api/auth/refresh": {
    body?: Refresh;
    answer: SignedIn;
  };
  /**
   * Opens an account and signs in
   */
  "POST /api/auth/register": {
    body: Registration;
    answer: SignedIn;
  };
  /**
   * Sets a new password, with the key of a letter
   */
  "POST /api/auth/reset": {
    body: PasswordReset;
    answer: Done;
  };
  /**
   * Whom the asker blocked
   */
  "GET /api/blocks": {
    answer: PersonRef[];
  };
  /**
   * Blocks them no longer
   */
  "DELETE /api/blocks/{id}": {
    answer: Done;
  };
  /**
   * Blocks somebody: neither sees anything of the other
   */
  "PUT /api/blocks/{id}": {
    answer: Done;
  };
  /**
   * Deletes a comment; it can be restored for a minute
   */
  "DELETE /api/comments/{id}": {
    answer: Done;
  };
  /**
   * Takes the like back
   */
  "DELETE /api/comments/{id}/like": {
    answer: LikeState;
  };
  /**
   * Likes it; doing so again changes nothing
   */
  "PUT /api/comments/{id}/like": {
    answer: LikeState;
  };
  /**
   * All its replies
   */
  "GET /api/comments/{id}/replies": {
    query?: {
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: CommentViewPage;
  };
  /**
   * Brings it back
   */
  "POST /api/comments/{id}/restore": {
    answer: CommentView;
  };
  /**
   * How many people there are
   */
  "GET /api/community": {
    answer: Counted;
  };
  /**
   * Whom the asker is connected with
   */
  "GET /api/connections": {
    query?: {
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: PersonItemPage;
  };
  /**
   * Requests that wait for an answer
   */
  "GET /api/connections/requests": {
    query?: {
      /**
       * `received`, or `sent`; the former unless it says otherwise.
       */
      box?: string;
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: PersonItemPage;
  };
  /**
   * Whom the asker may know
   */
  "GET /api/connections/suggestions": {
    answer: PersonItem[];
  };
  /**
   * How many requests wait for the asker's answer
   */
  "GET /api/connections/waiting": {
    answer: WaitingRequests;
  };
  /**
   * Withdraws, declines or ends, whichever there is
   */
  "DELETE /api/connections/{user_id}": {
    answer: ConnectionView;
  };
  /**
   * Exactly what is wished, such as taking a removal back
   */
  "PATCH /api/connections/{user_id}": {
    body: ConnectionChange;
    answer: ConnectionView;
  };
  /**
   * Asks to connect, or accepts where the other one asked
   */
  "PUT /api/connections/{user_id}": {
    answer: ConnectionView;
  };
  /**
   * The asker's conversations, last said first
   */
  "GET /api/conversations": {
    query?: {
      /**
       * Which list; `inbox` unless it says otherwise.
       */
      box?: ConversationBox;
      /**
       * Only those whose title or people match.
       */
      q?: string;
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: ConversationItemPage;
  };
  /**
   * Begins a group, or finds or begins the conversation with somebody
   */
  "POST /api/conversations": {
    body: NewConversation;
    answer: ConversationItem;
  };
  /**
   * In how many strangers wait for an answer
   */
  "GET /api/conversations/requests": {
    answer: Counted;
  };
  /**
   * How much is unread
   */
  "GET /api/conversations/unread": {
    answer: UnreadCount;
  };
  /**
   * One conversation
   */
  "GET /api/conversations/{id}": {
    answer: ConversationItem;
  };
  /**
   * Names a group
   */
  "PATCH /api/conversations/{id}": {
    body: ConversationChange;
    answer: ConversationItem;
  };
  /**
   * Takes part after all
   */
  "POST /api/conversations/{id}/accept": {
    answer: ConversationItem;
  };
  /**
   * Takes the group's picture away
   */
  "DELETE /api/conversations/{id}/avatar": {
    answer: ConversationItem;
  };
  /**
   * Makes the middle square of a picture the group's
   */
  "PUT /api/conversations/{id}/avatar": {
    answer: ConversationItem;
  };
  /**
   * What came after an entry of its log; `null` when nothing did
   */
  "GET /api/conversations/{id}/changes": {
    query?: {
      /**
       * The newest entry (`seq`) that the asker holds; all without it.
       */
      after?: number;
    };
    answer: ConversationChanges | null;
  };
  /**
   * Takes no part; nobody is told
   */
  "POST /api/conversations/{id}/decline": {
    answer: Done;
  };
  /**
   * Adds people to a group
   */
  "POST /api/conversations/{id}/members": {
    body: NewMembers;
    answer: ConversationItem;
  };
  /**
   * Removes somebody; oneself leaves
   */
  "DELETE /api/conversations/{id}/members/{user_id}": {
    answer: Done;
  };
  /**
   * The messages of a conversation, newest first; `before` is a place (`seq`)
   */
  "GET /api/conversations/{id}/messages": {
    query?: {
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: MessageViewPage;
  };
  /**
   * Says something
   */
  "POST /api/conversations/{id}/messages": {
    body: NewMessage;
    answer: MessageView;
  };
  /**
   * Mutes, pins, keeps a draft
   */
  "PATCH /api/conversations/{id}/mine": {
    body: MembershipChange;
    answer: ConversationItem;
  };
  /**
   * The asker has seen everything up to a message
   */
  "POST /api/conversations/{id}/read": {
    body: ReadUpTo;
    answer: Done;
  };
  /**
   * A page of a feed
   */
  "GET /api/feed": {
    query?: {
      /**
       * Which feed; `everyone` unless it says otherwise.
       */
      feed?: FeedKind;
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: PostViewPage;
  };
  /**
   * Types for TypeScript, of requests and events
   */
  "GET /api/hubbub.d.ts": {
    answer: null;
  };
  /**
   * Jobs, newest first
   */
  "GET /api/jobs": {
    query?: {
      /**
       * Which; `open` unless it says otherwise.
       */
      of?: JobsOf;
      /**
       * Only those with all these words.
       */
      q?: string;
      /**
       * Only of this kind.
       */
      kind?: JobKind;
      /**
       * Only where the place contains this.
       */
      place?: string;
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: JobViewPage;
  };
  /**
   * Posts a job
   */
  "POST /api/jobs": {
    body: NewJob;
    answer: JobView;
  };
  /**
   * Deletes it; it can be restored for a minute
   */
  "DELETE /api/jobs/{id}": {
    answer: Done;
  };
  /**
   * One job
   */
  "GET /api/jobs/{id}": {
    answer: JobView;
  };
  /**
   * Changes all of it
   */
  "PUT /api/jobs/{id}": {
    body: NewJob;
    answer: JobView;
  };
  /**
   * Who applied, for whoever posted it
   */
  "GET /api/jobs/{id}/applications": {
    query?: {
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: ApplicationPage;
  };
  /**
   * Applies
   */
  "POST /api/jobs/{id}/applications": {
    body: NewApplication;
    answer: Application;
  };
  /**
   * Takes no more applications
   */
  "POST /api/jobs/{id}/close": {
    answer: JobView;
  };
  /**
   * Takes applications again
   */
  "POST /api/jobs/{id}/reopen": {
    answer: JobView;
  };
  /**
   * Brings a deleted job back
   */
  "POST /api/jobs/{id}/restore": {
    answer: JobView;
  };
  /**
   * The asker's own account
   */
  "GET /api/me": {
    answer: Me;
  };
  /**
   * Changes name and bio
   */
  "PATCH /api/me": {
    body: ProfileChange;
    answer: Profile;
  };
  /**
   * Goes back to initials
   */
  "DELETE /api/me/avatar": {
    answer: Profile;
  };
  /**
   * Makes the middle square of a picture the asker's face
   */
  "PUT /api/me/avatar": {
    answer: Profile;
  };
  /**
   * Whether the asker's address is known to be theirs
   */
  "GET /api/me/confirmation": {
    answer: Confirmed;
  };
  /**
   * Sends the letter that confirms it, once more
   */
  "POST /api/me/confirmation": {
    answer: Done;
  };
  /**
   * How the asker wants to be told
   */
  "GET /api/me/notification-preferences": {
    answer: NotificationPreferences;
  };
  /**
   * Changes it; kinds left out stay as they are
   */
  "PUT /api/me/notification-preferences": {
    body: NotificationPreferencesInput;
    answer: NotificationPreferences;
  };
  /**
   * Changes the password and ends every other session
   */
  "POST /api/me/password": {
    body: PasswordChange;
    answer: Done;
  };
  /**
   * What the asker shows of themselves
   */
  "GET /api/me/privacy": {
    answer: Privacy;
  };
  /**
   * Changes it
   */
  "PATCH /api/me/privacy": {
    body: PrivacyChange;
    answer: Privacy;
  };
  /**
   * Ends all sessions but the one that asks
   */
  "DELETE /api/me/sessions": {
    answer: Done;
  };
  /**
   * The asker's signed-in devices
   */
  "GET /api/me/sessions": {
    answer: SessionView[];
  };
  /**
   * Ends one of the asker's sessions
   */
  "DELETE /api/me/sessions/{id}": {
    answer: Done;
  };
  /**
   * The asker's tokens for programs
   */
  "GET /api/me/tokens": {
    answer: TokenView[];
  };
  /**
   * Makes one; only this answer has the token itself
   */
  "POST /api/me/tokens": {
    body: NewToken;
    answer: MadeToken;
  };
  /**
   * Ends a token and its sockets
   */
  "DELETE /api/me/tokens/{id}": {
    answer: Done;
  };
  /**
   * Deletes it for everybody
   */
  "DELETE /api/messages/{id}": {
    answer: Done;
  };
  /**
   * One message
   */
  "GET /api/messages/{id}": {
    answer: MessageView;
  };
  /**
   * Changes its text
   */
  "PATCH /api/messages/{id}": {
    body: MessageChange;
    answer: MessageView;
  };
  /**
   * Takes a reaction back; all reactions, now
   */
  "DELETE /api/messages/{id}/reactions/{emoji}": {
    answer: Reaction[];
  };
  /**
   * Reacts with an emoji; all reactions, now
   */
  "PUT /api/messages/{id}/reactions/{emoji}": {
    answer: Reaction[];
  };
  /**
   * Whom the asker muted
   */
  "GET /api/mutes": {
    answer: PersonRef[];
  };
  /**
   * Mutes them no longer
   */
  "DELETE /api/mutes/{user_id}": {
    answer: Done;
  };
  /**
   * Mutes somebody: the asker sees nothing of them, and they do not notice
   */
  "PUT /api/mutes/{user_id}": {
    answer: Done;
  };
  /**
   * The asker's notifications, newest first
   */
  "GET /api/notifications": {
    query?: {
      /**
       * Which; `all` unless it says otherwise.
       */
      filter?: NotificationFilter;
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: NotificationPage;
  };
  /**
   * Takes that back
   */
  "DELETE /api/notifications/read-all": {
    query?: {
      /**
       * The `at` that marking all as read answered with.
       */
      at?: string;
    };
    answer: AllRead;
  };
  /**
   * Marks all as read
   */
  "POST /api/notifications/read-all": {
    answer: AllRead;
  };
  /**
   * Marks it as unread again
   */
  "DELETE /api/notifications/{id}/read": {
    answer: Notification;
  };
  /**
   * Marks it as read
   */
  "PUT /api/notifications/{id}/read": {
    answer: Notification;
  };
  /**
   * This document, as it is for this server
   */
  "GET /api/openapi.json": {
    answer: unknown;
  };
  /**
   * Finds people by name or handle
   */
  "GET /api/people": {
    query?: {
      /**
       * The beginning of a name or handle; everyone without it.
       */
      q?: string;
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: PersonItemPage;
  };
  /**
   * A person's profile
   */
  "GET /api/people/{username}": {
    answer: Profile;
  };
  /**
   * Who follows them
   */
  "GET /api/people/{username}/followers": {
    query?: {
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: PersonItemPage;
  };
  /**
   * Whom they follow
   */
  "GET /api/people/{username}/following": {
    query?: {
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: PersonItemPage;
  };
  /**
   * Their posts that the asker may see
   */
  "GET /api/people/{username}/posts": {
    query?: {
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: PostViewPage;
  };
  /**
   * All posts that the asker may see
   */
  "GET /api/posts": {
    query?: {
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: PostViewPage;
  };
  /**
   * Posts something
   */
  "POST /api/posts": {
    body: NewPost;
    answer: PostView;
  };
  /**
   * Deletes it; it can be restored for a minute
   */
  "DELETE /api/posts/{id}": {
    answer: Done;
  };
  /**
   * One post
   */
  "GET /api/posts/{id}": {
    answer: PostView;
  };
  /**
   * Changes its text
   */
  "PATCH /api/posts/{id}": {
    body: PostChange;
    answer: PostView;
  };
  /**
   * The same, answered with `success`
   */
  "POST /api/posts/{id}/comment": {
    body: NewComment;
    answer: Commented;
  };
  /**
   * The comments of a post, newest first, each with its newest replies
   */
  "GET /api/posts/{id}/comments": {
    query?: {
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: CommentViewPage;
  };
  /**
   * Comments, or replies
   */
  "POST /api/posts/{id}/comments": {
    body: NewComment;
    answer: CommentView;
  };
  /**
   * Takes the like back
   */
  "DELETE /api/posts/{id}/like": {
    answer: LikeState;
  };
  /**
   * Turns the like over
   */
  "POST /api/posts/{id}/like": {
    answer: LikeToggled;
  };
  /**
   * Likes it; doing so again changes nothing
   */
  "PUT /api/posts/{id}/like": {
    answer: LikeState;
  };
  /**
   * Is told again
   */
  "DELETE /api/posts/{id}/mute": {
    answer: Done;
  };
  /**
   * Whether the asker muted a post
   */
  "GET /api/posts/{id}/mute": {
    answer: Muted;
  };
  /**
   * Is told nothing more of what happens to a post
   */
  "PUT /api/posts/{id}/mute": {
    answer: Done;
  };
  /**
   * Brings a deleted post back
   */
  "POST /api/posts/{id}/restore": {
    answer: PostView;
  };
  /**
   * What a browser subscribes with
   */
  "GET /api/push/key": {
    answer: PushKey;
  };
  /**
   * The asker's devices that take pushes
   */
  "GET /api/push/subscriptions": {
    answer: PushDevice[];
  };
  /**
   * Adds this device, in place of the one that the session had
   */
  "POST /api/push/subscriptions": {
    body: NewSubscription;
    answer: PushDevice;
  };
  /**
   * Removes a device
   */
  "DELETE /api/push/subscriptions/{id}": {
    answer: Done;
  };
  /**
   * Sends a push, and says whether its service took it
   */
  "POST /api/push/subscriptions/{id}/test": {
    answer: Done;
  };
  /**
   * The posts with a tag
   */
  "GET /api/tags/{tag}/posts": {
    query?: {
      /**
       * The `next` of the page before; the first page without it.
       */
      before?: string;
      /**
       * The entries of a page.
       */
      limit?: number;
    };
    answer: PostViewPage;
  };
  /**
   * The zones that preferences know, by name
   */
  "GET /api/time-zones": {
    answer: string[];
  };
  /**
   * Leads to the page on which a person ends letters
   */
  "GET /api/unsubscribe": {
    query?: {
      /**
       * What the link in the letter held.
       */
      token?: string;
    };
    answer: never;
  };
  /**
   * Ends letters, as a mail program does with one click
   */
  "POST /api/unsubscribe": {
    query?: {
      /**
       * What the link in the letter held.
       */
      token?: string;
    };
    answer: Done;
  };
  /**
   * Uploads a picture for a post
   */
  "POST /api/uploads": {
    answer: ImageView;
  };
  /**
   * Follows; doing so again changes nothing
   */
  "POST /api/users/follow/{id}": {
    answer: Done;
  };
  /**
   * Which of these people the asker follows
   */
  "GET /api/users/followed": {
    query?: {
      /**
       * Ids, separated by commas.
       */
      ids?: string;
    };
    answer: string[];
  };
  /**
   * Who is there now, as far as the asker may know
   */
  "GET /api/users/online": {
    answer: PeopleOnline;
  };
  /**
   * Whom the asker could follow, most followed first
   */
  "GET /api/users/to-follow": {
    answer: PersonItem[];
  };
  /**
   * Follows no longer
   */
  "DELETE /api/users/{id}/follow": {
    answer: Profile;
  };
  /**
   * Follows; doing so again changes nothing
   */
  "PUT /api/users/{id}/follow": {
    answer: Profile;
  };
  /**
   * How many are connected
   */
  "GET /api/ws/status": {
    answer: LiveStatus;
  };
  /**
   * Notifies the asker, to try it out
   */
  "POST /api/ws/test-notification": {
    body: TestNotification;
    answer: TestNotified;
  };
  /**
   * Opens one socket within seconds
   */
  "POST /api/ws/ticket": {
    answer: Ticket;
  };
  /**
   * The process answers
   */
  "GET /health": {
    answer: Health;
  };
  /**
   * Requests are served and the database answers
   */
  "GET /health/ready": {
    answer: Health;
  };
  /**
   * An attachment, whole or one range of it
   */
  "GET /media/attachments/{id}": {
    answer: null;
  };
  /**
   * A picture
   */
  "GET /media/images/{id}": {
    answer: null;
  };
  /**
   * The native socket: everything live over one connection
   */
  "GET /ws": {
    query?: {
      /**
       * A token, for clients that can set no header; cookies work as well.
       */
      token?: string;
      /**
       * The ticket of `POST /api/ws/ticket`: opens one socket.
       */
      ticket?: string;
    };
    answer: null;
  };
  /**
   * The channel of one conversation
   */
  "GET /ws/messages/{conversation_id}": {
    query?: {
      /**
       * A token, for clients that can set no header; cookies work as well.
       */
      token?: string;
      /**
       * The ticket of `POST /api/ws/ticket`: opens one socket.
       */
      ticket?: string;
    };
    answer: null;
  };
  /**
   * A channel: one small socket for one concern
   */
  "GET /ws/{channel}": {
    query?: {
      /**
       * A token, for clients that can set no header; cookies work as well.
       */
      token?: string;
      /**
       * The ticket of `POST /api/ws/ticket`: opens one socket.
       */
      ticket?: string;
    };
    answer: null;
  };
}
/**
 * `POST /api/admin/announcements`.
 */
export interface NewAnnouncement {
  /**
   * A UUID made by the client: sending the same one again returns the same announcement.
   */
  client_id?: string | null;
  /**
   * What it says; possibly empty.
   */
  content?: string;
  /**
   * Until when it counts as unread; 14 days unless it says otherwise.
   */
  ends_at?: string | null;
  /**
   * Whom it is for.
   */
  recipients?: Recipients & string;
  /**
   * From when it is told; at once unless it says otherwise.
   */
  starts_at?: string | null;
  /**
   * What it is called.
   */
  title: string;
}
/**
 * An announcement.
 */
export interface Announcement {
  /**
   * Which; newer ones have greater ids.
   */
  announcement_id: string;
  /**
   * Their name and picture.
   */
  author: PersonRef;
  /**
   * What it says.
   */
  content: string;
  /**
   * Until when it counts as unread.
   */
  ends_at: string;
  /**
   * Links, mentions and tags in the text.
   */
  entities?: Entity[];
  /**
   * Whom it reached so far; only for those who announce.
   */
  reach?: Reach;
  /**
   * Whom it is for.
   */
  recipients: Recipients;
  /**
   * From when it is told.
   */
  starts_at: string;
  /**
   * Where it stands now.
   */
  state: AnnouncementState;
  /**
   * What it is called.
   */
  title: string;
  /**
   * Who announces it.
   */
  user_id: string;
}
/**
 * As much of a person as stands beside what they wrote.
 */
export interface PersonRef {
  /**
   * A square picture, as a path on this server; `None` shows initials.
   */
  avatar_url?: string;
  /**
   * The name they go by.
   */
  full_name: string;
  /**
   * Who.
   */
  id: string;
  /**
   * The handle, without `@`.
   */
  username: string;
}
/**
 * Whom an announcement reached.
 */
export interface Reach {
  /**
   * Whose bell has it.
   */
  raised: number;
  /**
   * Who read it before it was over.
   */
  read: number;
}
/**
 * How many there are.
 */
export interface Counted {
  /**
   * Of what was asked for.
   */
  count: number;
}
/**
 * A page of a list, newest first.
 */
export interface DeliveryPage {
  /**
   * The entries of this page.
   */
  items: Delivery[];
  /**
   * Pass as `before` for the next page; `None` at the end.
   */
  next: string | null;
}
/**
 * What became of a notification by one channel; `GET /api/admin/deliveries`.
 */
export interface Delivery {
  /**
   * By which channel.
   */
  channel: Channel;
  /**
   * What it is about.
   */
  kind: NotificationKind;
  /**
   * Which notification.
   */
  notification_id: string;
  /**
   * Why it failed, or was not sent.
   */
  reason?: string;
  /**
   * What became of it: `queued`, `delivered`, `read` or `failed`.
   */
  status: NotificationStatus;
  /**
   * When.
   */
  timestamp: string;
  /**
   * Whose.
   */
  user_id: string;
  /**
   * Their name in addresses.
   */
  username: string;
}
/**
 * A page of a list, newest first.
 */
export interface ManagedPersonPage {
  /**
   * The entries of this page.
   */
  items: ManagedPerson[];
  /**
   * Pass as `before` for the next page; `None` at the end.
   */
  next: string | null;
}
/**
 * A person as those see them who look after the community.
 */
export interface ManagedPerson {
  /**
   * A square picture, as a path on this server; `None` shows initials.
   */
  avatar_url?: string;
  /**
   * The name they go by.
   */
  full_name: string;
  /**
   * Who.
   */
  id: string;
  /**
   * When they joined.
   */
  joined_at: string;
  /**
   * What they may do.
   */
  role: Role;
  /**
   * Absent while they may sign in.
   */
  suspension?: Suspension;
  /**
   * The handle, without `@`.
   */
  username: string;
}
/**
 * Why and how long somebody is suspended.
 */
export interface Suspension {
  /**
   * Who suspended them, while that person has an account.
   */
  by?: PersonRef;
  /**
   * Why, in words that they are told.
   */
  reason: string;
  /**
   * Since when.
   */
  since: string;
  /**
   * Until when; for good when absent.
   */
  until?: string;
}
/**
 * `PUT /api/admin/people/{id}/role`.
 */
export interface RoleChange {
  /**
   * The asker's password, for `owner` only.
   */
  password?: string | null;
  /**
   * What they may do from now on. `owner` hands the community over: the asker becomes an admin.
   */
  role: Role;
}
/**
 * The answer to requests that only succeed or fail.
 */
export interface Done {
  /**
   * Always true.
   */
  success: boolean;
}
/**
 * `PUT /api/admin/people/{id}/suspension`.
 */
export interface NewSuspension {
  /**
   * For how long, from 1 to 365; for good when left out.
   */
  days?: number | null;
  /**
   * Why, in words that they are told.
   */
  reason: string;
}
/**
 * A page of a list, newest first.
 */
export interface AnnouncementPage {
  /**
   * The entries of this page.
   */
  items: Announcement[];
  /**
   * Pass as `before` for the next page; `None` at the end.
   */
  next: string | null;
}
/**
 * An announcement that runs, and that the asker has neither read nor put away.
 */
export interface CurrentAnnouncement {
  /**
   * Which; newer ones have greater ids.
   */
  announcement_id: string;
  /**
   * Their name and picture.
   */
  author: PersonRef;
  /**
   * What it says.
   */
  content: string;
  /**
   * Until when it counts as unread.
   */
  ends_at: string;
  /**
   * Links, mentions and tags in the text.
   */
  entities?: Entity[];
  /**
   * What tells them of it: reading that puts the announcement away.
   */
  notification_id: string;
  /**
   * Whom it reached so far; only for those who announce.
   */
  reach?: Reach;
  /**
   * Whom it is for.
   */
  recipients: Recipients;
  /**
   * From when it is told.
   */
  starts_at: string;
  /**
   * Where it stands now.
   */
  state: AnnouncementState;
  /**
   * What it is called.
   */
  title: string;
  /**
   * Who announces it.
   */
  user_id: string;
}
/**
 * An application, the same for the applicant and for whoever posted the job; nobody else sees it.
 */
export interface Application {
  /**
   * Their name and picture.
   */
  applicant: PersonRef;
  /**
   * Which.
   */
  application_id: string;
  /**
   * What they sent along; nothing once withdrawn.
   */
  attachment?: Attachment;
  /**
   * The job.
   */
  job_id: string;
  /**
   * Its title.
   */
  job_title: string;
  /**
   * What they wrote; empty once withdrawn.
   */
  note: string;
  /**
   * Who posted the job.
   */
  poster: PersonRef;
  /**
   * How far it is.
   */
  stage: Stage;
  /**
   * All its steps, oldest first; the last is `stage`.
   */
  steps: Step[];
  /**
   * When it was sent.
   */
  timestamp: string;
  /**
   * Who applied.
   */
  user_id: string;
  /**
   * Grows with every step, from 1.
   */
  version: number;
}
/**
 * An attachment, the same for every member.
 */
export interface Attachment {
  /**
   * Which.
   */
  attachment_id: string;
  /**
   * The media type, as found in the content.
   */
  content_type: string;
  /**
   * Of a voice message, in milliseconds, as its sender's device measured it: a hint until it is played.
   */
  duration_ms?: number;
  /**
   * See `width`.
   */
  height?: number;
  /**
   * How it is shown.
   */
  kind: AttachmentKind;
  /**
   * What it is called, with its ending, at most 120 characters.
   */
  name: string;
  /**
   * In bytes, as it is served.
   */
  size_bytes: number;
  /**
   * Where its bytes are, as a path on this server; for those who may read the message.
   */
  url: string;
  /**
   * Of a voice message: how loud it is from beginning to end, 0 to 255, in at most 64 steps of equal length.
   */
  waveform?: number[];
  /**
   * Of an image, in pixels, so that its place is kept free.
   */
  width?: number;
}
/**
 * One step of an application.
 */
export interface Step {
  /**
   * Where it came to.
   */
  stage: Stage;
  /**
   * When.
   */
  timestamp: string;
}
/**
 * `PATCH /api/applications/{id}`.
 */
export interface ApplicationMove {
  /**
   * `viewed`, `interview`, `offer`, `accepted` or `rejected`.
   */
  stage: Stage;
}
/**
 * `POST /api/auth/confirm`.
 */
export interface LinkKey {
  /**
   * What the link in the letter held.
   */
  token: string;
}
/**
 * `POST /api/auth/forgot`.
 */
export interface Forgotten {
  /**
   * The address of the account.
   */
  email: string;
}
/**
 * `POST /api/auth/login`.
 */
export interface Login {
  /**
   * E-mail address or username.
   */
  login: string;
  /**
   * The password.
   */
  password: string;
}
/**
 * The answer to registering, signing in and refreshing.
 */
export interface SignedIn {
  /**
   * Send as `Authorization: Bearer`.
   */
  access_token: string;
  /**
   * Seconds until the access token expires.
   */
  expires_in: number;
  /**
   * Trade for the next pair before or after the access token expires; each works once.
   */
  refresh_token: string;
  /**
   * Who signed in.
   */
  user: Profile;
}
/**
 * A profile, as one viewer sees it.
 */
export interface Profile {
  /**
   * A square picture, as a path on this server; `None` shows initials.
   */
  avatar_url?: string;
  /**
   * What they say about themselves.
   */
  bio: string;
  /**
   * Whether the viewer is shown no more than name, handle and picture: what else stands here is empty.
   */
  closed: boolean;
  /**
   * How far the viewer is connected with them.
   */
  connection: ConnectionView;
  /**
   * People they are connected with.
   */
  connection_count: number;
  /**
   * Whether the viewer follows them.
   */
  followed: boolean;
  /**
   * People who follow them.
   */
  follower_count: number;
  /**
   * People they follow.
   */
  following_count: number;
  /**
   * Whether they follow the viewer.
   */
  follows_you: boolean;
  /**
   * The name they go by.
   */
  full_name: string;
  /**
   * Who.
   */
  id: string;
  /**
   * People with whom both they and the viewer are connected.
   */
  in_common: number;
  /**
   * Whether they show themselves to their connections only.
   */
  is_private: boolean;
  /**
   * When they joined.
   */
  joined_at: string;
  /**
   * Whether the viewer muted them.
   */
  muted: boolean;
  /**
   * Their posts that the viewer may see.
   */
  post_count: number;
  /**
   * What they may do.
   */
  role: Role;
  /**
   * Whether they are suspended.
   */
  suspended: boolean;
  /**
   * The handle, without `@`.
   */
  username: string;
}
/**
 * `ConnectionState` with what tells newer from older.
 */
export interface ConnectionView {
  /**
   * The newest request between them, if there ever was one.
   */
  request_id?: string;
  /**
   * How far they are.
   */
  state: ConnectionState;
  /**
   * Grows with every change; 0 when there never was one.
   */
  version: number;
}
/**
 * `POST /api/auth/refresh` for clients without cookies.
 */
export interface Refresh {
  /**
   * The newest refresh token; cookie clients leave it out.
   */
  refresh_token?: string | null;
}
/**
 * `POST /api/auth/register`.
 */
export interface Registration {
  /**
   * Sign-in address.
   */
  email: string;
  /**
   * The name they go by.
   */
  full_name: string;
  /**
   * At least ten characters, and hard to guess.
   */
  password: string;
  /**
   * The handle: 2 to 30 of lowercase letters, digits, `_` and `.`, starting with a letter.
   */
  username: string;
}
/**
 * `POST /api/auth/reset`.
 */
export interface PasswordReset {
  /**
   * At least ten characters, and hard to guess.
   */
  new_password: string;
  /**
   * What the link in the letter held.
   */
  token: string;
}
/**
 * Whether the viewer likes something now, and how many do.
 */
export interface LikeState {
  /**
   * Everyone's.
   */
  like_count: number;
  /**
   * The viewer's own wish, as stored.
   */
  liked: boolean;
  /**
   * Version of `like_count`.
   */
  version: number;
}
/**
 * A page of a list, newest first.
 */
export interface CommentViewPage {
  /**
   * The entries of this page.
   */
  items: CommentView[];
  /**
   * Pass as `before` for the next page; `None` at the end.
   */
  next: string | null;
}
/**
 * A comment on a post, or a reply to a comment.
 */
export interface CommentView {
  /**
   * Its author's name and picture.
   */
  author: PersonRef;
  /**
   * The text; empty when deleted.
   */
  content: string;
  /**
   * Deleted, but kept in place because it has replies.
   */
  deleted?: boolean;
  /**
   * Links, mentions and tags in the text.
   */
  entities: Entity[];
  /**
   * Which; newer comments have greater ids.
   */
  id: string;
  /**
   * Likes.
   */
  like_count: number;
  /**
   * Grows with every change of `like_count`.
   */
  like_version: number;
  /**
   * Whether the viewer likes it; absent in events.
   */
  liked?: boolean;
  /**
   * The comment this replies to; `None` for a comment on the post itself.
   */
  parent_id?: string;
  /**
   * The post.
   */
  post_id: string;
  /**
   * Replies to it, oldest first; only on comments of the post itself. The newest few: see `reply_count`.
   */
  replies?: CommentView[];
  /**
   * All its replies, shown or not.
   */
  reply_count: number;
  /**
   * When it was written.
   */
  timestamp: string;
  /**
   * Its author.
   */
  user_id: string;
}
/**
 * A page of a list, newest first.
 */
export interface PersonItemPage {
  /**
   * The entries of this page.
   */
  items: PersonItem[];
  /**
   * Pass as `before` for the next page; `None` at the end.
   */
  next: string | null;
}
/**
 * A person in a list, with whether the viewer follows them and why they are listed.
 */
export interface PersonItem {
  /**
   * A square picture, as a path on this server; `None` shows initials.
   */
  avatar_url?: string;
  /**
   * What they say about themselves, possibly empty.
   */
  bio: string;
  /**
   * How far the viewer is connected with them.
   */
  connection: ConnectionView;
  /**
   * Whether the viewer follows them.
   */
  followed: boolean;
  /**
   * The name they go by.
   */
  full_name: string;
  /**
   * Who.
   */
  id: string;
  /**
   * People with whom both they and the viewer are connected; only where somebody is suggested.
   */
  in_common?: number;
  /**
   * Whether they show themselves to their connections only.
   */
  is_private?: boolean;
  /**
   * The handle, without `@`.
   */
  username: string;
}
/**
 * How many requests wait for a person's answer.
 */
export interface WaitingRequests {
  /**
   * Grows with every change of any of the person's connections and requests.
   */
  version: number;
  /**
   * Requests.
   */
  waiting_count: number;
}
/**
 * `PATCH /api/connections/{user_id}`.
 */
export interface ConnectionChange {
  /**
   * What is wanted of it.
   */
  wish: ConnectionWish;
}
/**
 * A page of a list, newest first.
 */
export interface ConversationItemPage {
  /**
   * The entries of this page.
   */
  items: ConversationItem[];
  /**
   * Pass as `before` for the next page; `None` at the end.
   */
  next: string | null;
}
/**
 * A conversation in somebody's list.
 */
export interface ConversationItem {
  /**
   * Of a group: a square picture, as a path on this server.
   */
  avatar_url?: string;
  /**
   * Which.
   */
  conversation_id: string;
  /**
   * Two people or a group.
   */
  kind: ConversationKind;
  /**
   * The newest message or note that the viewer may see.
   */
  last_message?: MessageView;
  /**
   * How many messages there were.
   */
  last_number: number;
  /**
   * Everyone who takes part or was asked to, oldest members first.
   */
  members: MemberView[];
  /**
   * What the viewer has to themselves.
   */
  mine: Membership;
  /**
   * The newest entry of the log.
   */
  seq: number;
  /**
   * When something was last said.
   */
  timestamp: string;
  /**
   * Of a group; a direct conversation goes by the other person's name.
   */
  title?: string;
  /**
   * Messages that the viewer has not read: `last_number` less `mine.read_number`.
   */
  unread_count: number;
  /**
   * Grows with every change of title, picture and members.
   */
  version: number;
}
/**
 * A message or a note in a conversation; the same for every member.
 */
export interface MessageView {
  /**
   * What it carries; nothing once deleted.
   */
  attachment?: Attachment;
  /**
   * The sender's own id for it, which no other message of theirs ever has. Notes have none.
   */
  client_id?: string;
  /**
   * The text; empty when deleted, in notes, and where the attachment says it all.
   */
  content: string;
  /**
   * The conversation.
   */
  conversation_id: string;
  /**
   * Deleted for everybody; its place stays.
   */
  deleted?: boolean;
  /**
   * When its text last changed, if it did.
   */
  edited_at?: string;
  /**
   * Links, mentions and tags in the text.
   */
  entities?: Entity[];
  /**
   * Which; newer messages have greater ids.
   */
  message_id: string;
  /**
   * Set when this is no message but something that happened.
   */
  note?: Note;
  /**
   * How many messages there were with it; that of the message before for a note.
   */
  number: number;
  /**
   * In the order in which they first came.
   */
  reactions?: Reaction[];
  /**
   * What it replies to.
   */
  reply_to?: Quote;
  /**
   * The entry of the log with which it last changed; `seq` when it never did.
   */
  revision: number;
  /**
   * Their name and picture.
   */
  sender: PersonRef;
  /**
   * Who wrote it, or did what the note says.
   */
  sender_id: string;
  /**
   * Its place in the thread: the entry of the log with which it came.
   */
  seq: number;
  /**
   * When it was stored.
   */
  timestamp: string;
}
/**
 * One emoji under a message, and who gave it.
 */
export interface Reaction {
  /**
   * One emoji.
   */
  emoji: string;
  /**
   * Who, in the order they did.
   */
  user_ids: string[];
}
/**
 * The message that another replies to, as much of it as stands above the reply.
 */
export interface Quote {
  /**
   * What it carries, if it does; nothing once deleted.
   */
  attachment?: AttachmentKind;
  /**
   * The beginning of its text, at most 160 characters; empty once deleted.
   */
  content: string;
  /**
   * It was deleted since.
   */
  deleted?: boolean;
  /**
   * Which.
   */
  message_id: string;
  /**
   * Who wrote it.
   */
  sender: PersonRef;
  /**
   * Its place in the thread.
   */
  seq: number;
}
/**
 * A member, as the other members see them.
 */
export interface MemberView {
  /**
   * May change the group.
   */
  admin?: boolean;
  /**
   * A square picture, as a path on this server; `None` shows initials.
   */
  avatar_url?: string;
  /**
   * A device of theirs holds the messages up to this number.
   */
  delivered_number: number;
  /**
   * The name they go by.
   */
  full_name: string;
  /**
   * Who.
   */
  id: string;
  /**
   * They have read the messages up to this number; 0 when they have read none or do not tell.
   */
  read_number: number;
  /**
   * The handle, without `@`.
   */
  username: string;
}
/**
 * What a member has to themselves in a conversation; the same on all their devices.
 */
export interface Membership {
  /**
   * May change the group.
   */
  admin?: boolean;
  /**
   * What they began to write and did not send; possibly empty.
   */
  draft?: string;
  /**
   * They do not want to be told of new messages.
   */
  muted: boolean;
  /**
   * They keep it above the others.
   */
  pinned: boolean;
  /**
   * They have read the messages up to this number.
   */
  read_number: number;
  /**
   * How they stand to it.
   */
  standing: Standing;
  /**
   * Grows with every change of anything here but `read_number`, which only grows itself.
   */
  version: number;
}
/**
 * `POST /api/conversations`.
 */
export interface NewConversation {
  /**
   * A UUID made by the client: sending the same one again returns the same group.
   */
  client_id?: string | null;
  /**
   * The other people. One makes, or finds, the direct conversation with that person, unless there is a title.
   */
  member_ids: (string | number)[];
  /**
   * Makes it a group.
   */
  title?: string | null;
}
/**
 * See `UnreadCount`.
 */
export interface UnreadCount {
  /**
   * Each conversation of the inbox that has any unread messages; absent when only `count` changed.
   */
  conversations?: UnreadConversation[];
  /**
   * Unread notifications.
   */
  count: number;
  /**
   * The entry of the person's log of notifications that `count` was made with: of two counts the later one holds.
   */
  seq: number;
}
/**
 * How much of one conversation is unread.
 */
export interface UnreadConversation {
  /**
   * Which.
   */
  conversation_id: string;
  /**
   * Messages.
   */
  unread_count: number;
}
/**
 * `PATCH /api/conversations/{id}`.
 */
export interface ConversationChange {
  /**
   * The new title.
   */
  title: string;
}
/**
 * What came after an entry of a conversation's log: each message that is new or changed, as it is now.
 */
export interface ConversationChanges {
  /**
   * Which.
   */
  conversation_id: string;
  /**
   * In the order of their last changes (`revision`).
   */
  messages: MessageView[];
  /**
   * True: there is too much. Forget what is held of the thread and load its newest page; `messages` is empty.
   */
  reload?: boolean;
  /**
   * With these changes the client holds everything up to this entry.
   */
  seq: number;
}
/**
 * `POST /api/conversations/{id}/members`.
 */
export interface NewMembers {
  /**
   * Whom to add.
   */
  member_ids: (string | number)[];
}
/**
 * A page of a list, newest first.
 */
export interface MessageViewPage {
  /**
   * The entries of this page.
   */
  items: MessageView[];
  /**
   * Pass as `before` for the next page; `None` at the end.
   */
  next: string | null;
}
/**
 * `POST /api/conversations/{id}/messages`, and the fields of `send_message`.
 */
export interface NewMessage {
  /**
   * What it carries: uploaded before by the sender, and carried by no other message.
   */
  attachment?: string | number | null;
  /**
   * A UUID made by the client: sending the same one again, however late, returns the same message. The server makes one where it is left out.
   */
  client_id?: string | null;
  /**
   * The text; may be empty beside an attachment.
   */
  content?: string;
  /**
   * The message to reply to.
   */
  reply_to?: string | number | null;
}
/**
 * `PATCH /api/conversations/{id}/mine`: fields left out stay as they are.
 */
export interface MembershipChange {
  /**
   * What is written and not sent.
   */
  draft?: string | null;
  /**
   * Do not tell of new messages.
   */
  muted?: boolean | null;
  /**
   * Keep above the others.
   */
  pinned?: boolean | null;
}
/**
 * `POST /api/conversations/{id}/read`.
 */
export interface ReadUpTo {
  /**
   * The newest message that was seen.
   */
  message_id: string | number;
}
/**
 * A page of a list, newest first.
 */
export interface PostViewPage {
  /**
   * The entries of this page.
   */
  items: PostView[];
  /**
   * Pass as `before` for the next page; `None` at the end.
   */
  next: string | null;
}
/**
 * A post.
 */
export interface PostView {
  /**
   * Who may see it.
   */
  audience: Audience;
  /**
   * Its author's name and picture.
   */
  author: PersonRef;
  /**
   * Comments and replies.
   */
  comment_count: number;
  /**
   * Grows with every change of the comments.
   */
  comment_version: number;
  /**
   * The text.
   */
  content: string;
  /**
   * When its text last changed, if it did.
   */
  edited_at?: string;
  /**
   * Links, mentions and tags in the text.
   */
  entities: Entity[];
  /**
   * Which; newer posts have greater ids.
   */
  id: string;
  /**
   * Up to four pictures.
   */
  images: ImageView[];
  /**
   * Likes.
   */
  like_count: number;
  /**
   * Grows with every change of `like_count`.
   */
  like_version: number;
  /**
   * Whether the viewer likes it; absent in events, which are the same for all.
   */
  liked?: boolean;
  /**
   * When it was posted.
   */
  timestamp: string;
  /**
   * Its author.
   */
  user_id: string;
  /**
   * Grows with every edit, deletion and restoration, from 1.
   */
  version: number;
}
/**
 * An uploaded picture.
 */
export interface ImageView {
  /**
   * What it shows, in words; possibly empty.
   */
  alt: string;
  /**
   * Height in pixels.
   */
  height: number;
  /**
   * Which.
   */
  id: string;
  /**
   * A path on this server.
   */
  url: string;
  /**
   * Width in pixels, so that space is reserved before it loads.
   */
  width: number;
}
/**
 * A page of a list, newest first.
 */
export interface JobViewPage {
  /**
   * The entries of this page.
   */
  items: JobView[];
  /**
   * Pass as `before` for the next page; `None` at the end.
   */
  next: string | null;
}
/**
 * A job on the board, as one viewer sees it.
 */
export interface JobView {
  /**
   * Applications that were not withdrawn; only for whoever posted it.
   */
  application_count?: number;
  /**
   * The last day to apply, as `2026-12-31`; none: until it is closed. It lasts until that day is over everywhere.
   */
  closes_on?: string;
  /**
   * What it is about.
   */
  content: string;
  /**
   * When it last changed, if it did.
   */
  edited_at?: string;
  /**
   * Links, mentions and tags in the text.
   */
  entities?: Entity[];
  /**
   * Which; newer jobs have greater ids.
   */
  job_id: string;
  /**
   * What sort of work.
   */
  kind: JobKind;
  /**
   * The viewer's own application, if there is one.
   */
  mine?: OwnApplication;
  /**
   * Whether one can apply now.
   */
  open: boolean;
  /**
   * Where.
   */
  place: string;
  /**
   * Their name and picture.
   */
  poster: PersonRef;
  /**
   * When it was posted.
   */
  timestamp: string;
  /**
   * What one would be.
   */
  title: string;
  /**
   * Who posted it.
   */
  user_id: string;
  /**
   * Grows with every change, from 1.
   */
  version: number;
}
/**
 * How far the viewer's own application is.
 */
export interface OwnApplication {
  /**
   * Which.
   */
  application_id: string;
  /**
   * How far.
   */
  stage: Stage;
}
/**
 * `POST /api/jobs`, and all of `PUT /api/jobs/{id}`.
 */
export interface NewJob {
  /**
   * A UUID made by the client: sending the same one again returns the same job.
   */
  client_id?: string | null;
  /**
   * See `closes_on`.
   */
  closes_on?: string | null;
  /**
   * What it is about.
   */
  content: string;
  /**
   * What sort of work.
   */
  kind?: JobKind & string;
  /**
   * Where.
   */
  place: string;
  /**
   * What one would be.
   */
  title: string;
}
/**
 * A page of a list, newest first.
 */
export interface ApplicationPage {
  /**
   * The entries of this page.
   */
  items: Application[];
  /**
   * Pass as `before` for the next page; `None` at the end.
   */
  next: string | null;
}
/**
 * `POST /api/jobs/{id}/applications`.
 */
export interface NewApplication {
  /**
   * What was uploaded to `POST /api/attachments` to go along.
   */
  attachment?: string | number | null;
  /**
   * Why oneself.
   */
  note?: string;
}
/**
 * The signed-in person's own account.
 */
export interface Me {
  /**
   * A square picture, as a path on this server; `None` shows initials.
   */
  avatar_url?: string;
  /**
   * What they say about themselves.
   */
  bio: string;
  /**
   * Whether the viewer is shown no more than name, handle and picture: what else stands here is empty.
   */
  closed: boolean;
  /**
   * How far the viewer is connected with them.
   */
  connection: ConnectionView;
  /**
   * People they are connected with.
   */
  connection_count: number;
  /**
   * Sign-in address; shown to nobody else.
   */
  email: string;
  /**
   * Whether the viewer follows them.
   */
  followed: boolean;
  /**
   * People who follow them.
   */
  follower_count: number;
  /**
   * People they follow.
   */
  following_count: number;
  /**
   * Whether they follow the viewer.
   */
  follows_you: boolean;
  /**
   * The name they go by.
   */
  full_name: string;
  /**
   * Who.
   */
  id: string;
  /**
   * People with whom both they and the viewer are connected.
   */
  in_common: number;
  /**
   * Whether they show themselves to their connections only.
   */
  is_private: boolean;
  /**
   * When they joined.
   */
  joined_at: string;
  /**
   * Whether the viewer muted them.
   */
  muted: boolean;
  /**
   * Their posts that the viewer may see.
   */
  post_count: number;
  /**
   * What they may do.
   */
  role: Role;
  /**
   * The session that asked.
   */
  session_id: string;
  /**
   * Whether they are suspended.
   */
  suspended: boolean;
  /**
   * The handle, without `@`.
   */
  username: string;
}
/**
 * `PATCH /api/me`: fields left out stay as they are.
 */
export interface ProfileChange {
  /**
   * About oneself.
   */
  bio?: string | null;
  /**
   * The name to go by.
   */
  full_name?: string | null;
}
/**
 * The answer to `GET /api/me/confirmation`.
 */
export interface Confirmed {
  /**
   * Whether the asker showed that their address is theirs.
   */
  confirmed: boolean;
}
/**
 * All that a person chose about being told; `GET` and `PUT /api/me/notification-preferences`.
 */
export interface NotificationPreferences {
  /**
   * The minute of their day at which the daily letter is sent, 0 to 1,439.
   */
  digest_minute: number;
  /**
   * Off: nothing is raised for them at all but what the community itself announces.
   */
  enabled: boolean;
  /**
   * Each kind, in the order in which settings list them. In a `PUT`, kinds left out stay as they are.
   */
  kinds: KindPreference[];
  /**
   * When they are left in peace, if ever.
   */
  quiet_hours?: QuietHours;
  /**
   * The IANA name of the zone in which their day is told, such as `Europe/Lisbon`.
   */
  time_zone: string;
}
/**
 * How a person wants to be told of one kind.
 */
export interface KindPreference {
  /**
   * By e-mail.
   */
  email: EmailTiming;
  /**
   * In the bell, with a toast.
   */
  in_app: boolean;
  /**
   * Which.
   */
  kind: NotificationKind;
  /**
   * By Web Push, to the devices that have it.
   */
  push: boolean;
}
/**
 * When a person is left in peace: no toast, sound, push or letter; the bell still fills. What waited is told afterwards, unless it was read.
 */
export interface QuietHours {
  /**
   * From this minute of the person's day, 0 to 1,439.
   */
  from_minute: number;
  /**
   * Until this minute of the person's day; less than `from_minute` goes over midnight.
   */
  until_minute: number;
}
/**
 * All that a person chose about being told; `GET` and `PUT /api/me/notification-preferences`.
 */
export interface NotificationPreferencesInput {
  /**
   * The minute of their day at which the daily letter is sent, 0 to 1,439.
   */
  digest_minute: number;
  /**
   * Off: nothing is raised for them at all but what the community itself announces.
   */
  enabled: boolean;
  /**
   * Each kind, in the order in which settings list them. In a `PUT`, kinds left out stay as they are.
   */
  kinds: KindPreference[];
  /**
   * When they are left in peace, if ever.
   */
  quiet_hours?: QuietHours | null;
  /**
   * The IANA name of the zone in which their day is told, such as `Europe/Lisbon`.
   */
  time_zone: string;
}
/**
 * `POST /api/me/password`.
 */
export interface PasswordChange {
  /**
   * The password that holds now.
   */
  current_password: string;
  /**
   * The one to hold from now on; every other session ends.
   */
  new_password: string;
}
/**
 * What somebody shows of themselves. Who does not show it does not see it of others either.
 */
export interface Privacy {
  /**
   * Only their connections see more of them than name, handle and picture, and only these may follow them.
   */
  is_private: boolean;
  /**
   * Whether they are online, and when they last were.
   */
  shows_presence: boolean;
  /**
   * How far they have read.
   */
  shows_receipts: boolean;
  /**
   * That they type.
   */
  shows_typing: boolean;
}
/**
 * `PATCH /api/me/privacy`: fields left out stay as they are.
 */
export interface PrivacyChange {
  /**
   * See `is_private`.
   */
  is_private?: boolean | null;
  /**
   * See `shows_presence`.
   */
  shows_presence?: boolean | null;
  /**
   * See `shows_receipts`.
   */
  shows_receipts?: boolean | null;
  /**
   * See `shows_typing`.
   */
  shows_typing?: boolean | null;
}
/**
 * A signed-in device, as its owner sees it in settings.
 */
export interface SessionView {
  /**
   * The address it last came from.
   */
  address: string;
  /**
   * When it signed in.
   */
  created_at: string;
  /**
   * Whether it is the one asking.
   */
  current: boolean;
  /**
   * The device in words ("Firefox on Linux"), from its `User-Agent`.
   */
  device: string;
  /**
   * Which.
   */
  id: string;
  /**
   * When it was last seen, to the minute or so.
   */
  last_seen_at: string;
}
/**
 * A personal access token, as its owner sees it; never the token itself.
 */
export interface TokenView {
  /**
   * When it was made.
   */
  created_at: string;
  /**
   * When it ends by itself.
   */
  expires_at: string;
  /**
   * Which.
   */
  id: string;
  /**
   * When it was last used, to the minute; `None` when it never was.
   */
  last_used_at: string | null;
  /**
   * What it is for.
   */
  name: string;
  /**
   * What it may do.
   */
  scopes: Scope[];
}
/**
 * `POST /api/me/tokens`.
 */
export interface NewToken {
  /**
   * In how many days it ends: from 1 to 365 days, 30 days when left out.
   */
  expires_in_days?: number | null;
  /**
   * What it is for, in words: at most 60 characters.
   */
  name: string;
  /**
   * What it may do; at least one.
   */
  scopes: Scope[];
}
/**
 * The answer to `NewToken`: the only time that the token itself is told.
 */
export interface MadeToken {
  /**
   * What is kept of it.
   */
  details: TokenView;
  /**
   * Send as `Authorization: Bearer`.
   */
  token: string;
}
/**
 * `PATCH /api/messages/{id}`.
 */
export interface MessageChange {
  /**
   * The new text.
   */
  content: string;
}
/**
 * A page of a list, newest first.
 */
export interface NotificationPage {
  /**
   * The entries of this page.
   */
  items: Notification[];
  /**
   * Pass as `before` for the next page; `None` at the end.
   */
  next: string | null;
}
/**
 * A notification, as its recipient sees it.
 */
export interface Notification {
  /**
   * The announcement.
   */
  announcement_id?: string;
  /**
   * The application.
   */
  application_id?: string;
  /**
   * The newest comment of the group, or the one that was liked.
   */
  comment_id?: string;
  /**
   * The conversation.
   */
  conversation_id?: string;
  /**
   * More about it.
   */
  data: NotificationData;
  /**
   * The job.
   */
  job_id?: string;
  /**
   * What it is about.
   */
  kind: NotificationKind;
  /**
   * One sentence.
   */
  message: string;
  /**
   * The newest message.
   */
  message_id?: string;
  /**
   * Which.
   */
  notification_id: string;
  /**
   * The post.
   */
  post_id?: string;
  /**
   * When it was read, if it was.
   */
  read_at?: string;
  /**
   * The request to connect.
   */
  request_id?: string;
  /**
   * The entry of the person's log with which it last changed: of two states the one with the greater holds.
   */
  seq: number;
  /**
   * When the newest of it happened: lists are in this order.
   */
  timestamp: string;
  /**
   * A few words, as the title of a browser notification.
   */
  title: string;
  /**
   * The newest person behind it; the community has none.
   */
  user_id?: string;
}
/**
 * What the documented clients find in `data`.
 */
export interface NotificationData {
  /**
   * People behind it: exact, however many `actors` are told.
   */
  actor_count: number;
  /**
   * The newest people behind it, newest first, at most 3.
   */
  actors?: PersonRef[];
  /**
   * Likes, comments or messages behind it: exact.
   */
  count: number;
  /**
   * The beginning of what was said or liked, at most 160 characters.
   */
  excerpt?: string;
  /**
   * Where it leads, as a path on this server.
   */
  href: string;
  /**
   * Which variety of its kind.
   */
  occasion: Occasion;
  /**
   * The title of what it is about: a group, a job, an announcement.
   */
  subject?: string;
}
/**
 * Answer to marking everything as read: `at` undoes exactly this.
 */
export interface AllRead {
  /**
   * The moment they were all marked with.
   */
  at: string;
  /**
   * How many were unread.
   */
  count: number;
  /**
   * The entry of the log with which it happened.
   */
  seq: number;
}
/**
 * `POST /api/posts`.
 */
export interface NewPost {
  /**
   * Who may see it.
   */
  audience?: Audience & string;
  /**
   * A UUID made by the client: sending the same one again returns the same post.
   */
  client_id?: string | null;
  /**
   * The text; may be empty when there are pictures.
   */
  content?: string;
  /**
   * Up to four.
   */
  images?: PostImage[];
}
/**
 * A picture of a post, uploaded before.
 */
export interface PostImage {
  /**
   * What it shows, in words.
   */
  alt?: string;
  /**
   * As answered by `POST /api/uploads`.
   */
  id: string | number;
}
/**
 * `PATCH /api/posts/{id}`.
 */
export interface PostChange {
  /**
   * The new text.
   */
  content: string;
}
/**
 * `POST /api/posts/{id}/comment` and `/comments`.
 */
export interface NewComment {
  /**
   * A UUID made by the client: sending the same one again returns the same comment.
   */
  client_id?: string | null;
  /**
   * The text.
   */
  content: string;
  /**
   * The comment to reply to; a reply's own replies join it under the same comment.
   */
  parent_id?: string | number | null;
}
/**
 * The answer to `POST /api/posts/{id}/comment`.
 */
export interface Commented {
  /**
   * The comment as stored.
   */
  comment: CommentView;
  /**
   * Always true.
   */
  success: boolean;
}
/**
 * The answer to the documented toggle `POST /api/posts/{id}/like`.
 */
export interface LikeToggled {
  /**
   * Whether the asker likes it now.
   */
  liked: boolean;
  /**
   * All likes, now.
   */
  likes_count: number;
  /**
   * Always true.
   */
  success: boolean;
  /**
   * Version of `likes_count`.
   */
  version: number;
}
/**
 * The answer to `GET /api/posts/{id}/mute`.
 */
export interface Muted {
  /**
   * Whether the asker muted it.
   */
  muted: boolean;
}
/**
 * `GET /api/push/key`: what a browser subscribes with.
 */
export interface PushKey {
  /**
   * The server's public key (VAPID: P-256, uncompressed), in base64url.
   */
  public_key: string;
}
/**
 * A device that takes pushes, as its owner sees it. Where it is reached is told to nobody.
 */
export interface PushDevice {
  /**
   * Since when it takes them.
   */
  created_at: string;
  /**
   * Whether it belongs to the session that asks.
   */
  current: boolean;
  /**
   * When its push service last took one.
   */
  delivered_at?: string;
  /**
   * The device in words ("Firefox on Linux"), as in the list of sessions.
   */
  device: string;
  /**
   * Which.
   */
  id: string;
}
/**
 * `POST /api/push/subscriptions`: a subscription as browsers put it into JSON; what else they say is left aside.
 */
export interface NewSubscription {
  /**
   * The address at the push service.
   */
  endpoint: string;
  /**
   * What to seal with.
   */
  keys: SubscriptionKeys;
}
/**
 * The keys of a browser's subscription.
 */
export interface SubscriptionKeys {
  /**
   * The shared secret of 16 bytes, in base64url.
   */
  auth: string;
  /**
   * The public key (P-256, uncompressed), in base64url.
   */
  p256dh: string;
}
/**
 * Others who are there now, as far as the asker may know it.
 */
export interface PeopleOnline {
  /**
   * How many there are.
   */
  count: number;
  /**
   * Whether the asker does not show that they are there, and so does not see who is.
   */
  is_hidden: boolean;
  /**
   * Whether there are more than were counted.
   */
  is_more: boolean;
  /**
   * Some of them.
   */
  people: PersonRef[];
}
/**
 * The answer to `GET /api/ws/status`.
 */
export interface LiveStatus {
  /**
   * Open sockets.
   */
  active_connections: number;
  /**
   * People with at least one of them.
   */
  online_users: number;
  /**
   * Whether events go through Redis to other nodes.
   */
  redis_enabled: boolean;
  /**
   * Always true.
   */
  success: boolean;
  /**
   * Whether sockets are served.
   */
  websocket_enabled: boolean;
}
/**
 * `POST /api/ws/test-notification`.
 */
export interface TestNotification {
  /**
   * Its text, at most 500 characters.
   */
  message: string;
}
/**
 * Answer to `TestNotification`, as documented.
 */
export interface TestNotified {
  /**
   * A sentence that says so.
   */
  message: string;
  /**
   * Always true.
   */
  success: boolean;
  /**
   * Who is notified: the asker.
   */
  user_id: string;
}
/**
 * The answer to `POST /api/ws/ticket`.
 */
export interface Ticket {
  /**
   * Seconds until it is worth nothing.
   */
  expires_in: number;
  /**
   * Opens one socket: as `?ticket=`, or for Socket.IO as `auth.ticket`.
   */
  ticket: string;
}
/**
 * What both answer.
 */
export interface Health {
  /**
   * Whether the message broker can be reached, when there is to be one. One that is away only delays.
   */
  broker?: string;
  /**
   * Whether the store of files can be reached, when there is to be one. While it cannot, files can be neither kept nor shown.
   */
  files?: string;
  /**
   * Whether the other nodes can be reached, when there are to be any. While they cannot, people there and here are not live for each other.
   */
  nodes?: string;
  /**
   * In a word or two.
   */
  status: string;
  /**
   * Of the server.
   */
  version: string;
  /**
   * Whether sockets are served.
   */
  websocket: string;
}
/**
 * What came of a command; fields that do not apply are left out.
 */
export interface AckResult {
  /**
   * `watch_posts`: posts that do not exist, or that the asker may not see.
   */
  gone?: string[];
  /**
   * `send_message`: the stored message.
   */
  message_id?: string;
  /**
   * `resume`: true when every missed event was sent before this acknowledgement; false means reload.
   */
  resumed?: boolean;
  /**
   * `watch_posts`: what is watched now, with the version of each post's text.
   */
  watched?: WatchedPost[];
}
/**
 * A post being watched.
 */
export interface WatchedPost {
  /**
   * Which.
   */
  post_id: string;
  /**
   * Version of its text: fetch it again when yours is older.
   */
  version: number;
}
/**
 * What a client is told when something was refused or failed.
 */
export interface ApiError {
  /**
   * Stable, for programs.
   */
  code: ErrorCode;
  /**
   * The field at fault, where one is; the first of `fields`.
   */
  field?: string;
  /**
   * Every field at fault, when a form has more than one.
   */
  fields?: FieldError[];
  /**
   * A sentence, for people.
   */
  message: string;
  /**
   * When to try again, in milliseconds from now; with `rate_limited` and `unavailable`.
   */
  retry_after_ms?: number;
}
/**
 * One field at fault and what is wrong with it.
 */
export interface FieldError {
  /**
   * The field's name as it stands in the request.
   */
  field: string;
  /**
   * A sentence for a person that offers the fix.
   */
  message: string;
}
/**
 * The fields beside `file` in the form of `POST /api/attachments`.
 */
export interface AttachmentForm {
  /**
   * A UUID made by the client: uploading under the same one again, however late, returns the attachment that is there and stores nothing.
   */
  client_id?: string | null;
  /**
   * Of a voice message; see `duration_ms`.
   */
  duration_ms?: number | null;
  /**
   * `true`: recorded speech, to be played in the thread.
   */
  voice?: boolean;
  /**
   * Of a voice message; see `waveform`. In the form a JSON array.
   */
  waveform?: number[];
}
/**
 * Heartbeat; answered by `pong`.
 */
export interface CommandPing {
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "ping";
}
/**
 * Be told of new, changed and deleted posts.
 */
export interface CommandWatchFeed {
  /**
   * Which feed; the default is everything the asker may see.
   */
  feed?: FeedKind & string;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "watch_feed";
}
/**
 * Stop being told.
 */
export interface CommandUnwatchFeed {
  /**
   * Which feed.
   */
  feed?: FeedKind & string;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "unwatch_feed";
}
/**
 * Be told of the counts of these posts; each is sent whole first, unless `known` is current.
 */
export interface CommandWatchPosts {
  /**
   * What the client has of them, so that only what differs is sent.
   */
  known?: KnownPost[];
  /**
   * At most 200 per connection.
   */
  post_ids: (string | number)[];
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "watch_posts";
}
/**
 * The versions a client has of a post's counts.
 */
export interface KnownPost {
  /**
   * Version of the comments.
   */
  comment_version: number;
  /**
   * Version of the like count.
   */
  like_version: number;
  /**
   * Which.
   */
  post_id: string | number;
}
/**
 * Stop being told.
 */
export interface CommandUnwatchPosts {
  /**
   * Which posts.
   */
  post_ids: (string | number)[];
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "unwatch_posts";
}
/**
 * Be told whether these people are online; each is sent whole first. Those whose presence the asker may not know are left out without a word.
 */
export interface CommandWatchPeople {
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "watch_people";
  /**
   * At most 200 per connection.
   */
  user_ids: (string | number)[];
}
/**
 * Stop being told.
 */
export interface CommandUnwatchPeople {
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "unwatch_people";
  /**
   * Whom.
   */
  user_ids: (string | number)[];
}
/**
 * Nothing was done on this device for 300000 ms, or something was again.
 */
export interface CommandSetIdle {
  /**
   * Whether nothing is done.
   */
  is_idle: boolean;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "set_idle";
}
/**
 * After a gap: send what was missed of the watched feeds, in order, or say that it is too old (`resumed: false`).
 */
export interface CommandResume {
  /**
   * What the client holds of conversations, for when the log does not reach that far back; at most 200.
   */
  conversations?: HeldConversation[];
  /**
   * `epoch` of the `connected` event whose offsets are meant.
   */
  epoch: string;
  /**
   * The newest offset the client has seen.
   */
  offset: number;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "resume";
}
/**
 * What a client holds of a conversation: everything up to `seq`.
 */
export interface HeldConversation {
  /**
   * Which.
   */
  conversation_id: string | number;
  /**
   * The newest entry it holds.
   */
  seq: number;
}
/**
 * Send what came after what the client holds: one `conversation_changes` for each conversation that has more.
 */
export interface CommandSyncConversations {
  /**
   * At most 200.
   */
  conversations: HeldConversation[];
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "sync_conversations";
}
/**
 * The conversation is on screen: be told who types and how far its members have read.
 */
export interface CommandJoinConversation {
  /**
   * Which.
   */
  conversation_id: string | number;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "join_conversation";
}
/**
 * It no longer is.
 */
export interface CommandLeaveConversation {
  /**
   * Which.
   */
  conversation_id: string | number;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "leave_conversation";
}
/**
 * Tell the members who have it open that the asker types, or stopped.
 */
export interface CommandTyping {
  /**
   * Where.
   */
  conversation_id: string | number;
  /**
   * Whether they type.
   */
  is_typing: boolean;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "typing";
}
/**
 * Say something. `new_message` with the same `client_id` says that it is stored.
 */
export interface CommandSendMessage {
  /**
   * What it carries: uploaded before by the sender, and carried by no other message.
   */
  attachment?: string | number | null;
  /**
   * A UUID made by the client: sending the same one again, however late, returns the same message. The server makes one where it is left out.
   */
  client_id?: string | null;
  /**
   * The text; may be empty beside an attachment.
   */
  content?: string;
  /**
   * Where.
   */
  conversation_id: string | number;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  /**
   * The message to reply to.
   */
  reply_to?: string | number | null;
  type: "send_message";
}
/**
 * The asker has seen everything up to this message.
 */
export interface CommandReadMessage {
  /**
   * Where.
   */
  conversation_id: string | number;
  /**
   * The newest message that was seen.
   */
  message_id: string | number;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "read_message";
}
/**
 * This device holds everything up to this message.
 */
export interface CommandReceiveMessage {
  /**
   * Where.
   */
  conversation_id: string | number;
  /**
   * The newest message it holds.
   */
  message_id: string | number;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "receive_message";
}
/**
 * The asker has seen this notification.
 */
export interface CommandMarkRead {
  /**
   * Which.
   */
  notification_id: string | number;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "mark_read";
}
/**
 * The asker has seen all their notifications.
 */
export interface CommandMarkAllRead {
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "mark_all_read";
}
/**
 * Ask how much is unread; answered by `unread_count`.
 */
export interface CommandGetUnreadCount {
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "get_unread_count";
}
/**
 * An event of this community's own; answered by `custom_response`.
 */
export interface CommandCustomEvent {
  /**
   * What goes with it; at most `CUSTOM_DATA_MAX_BYTES` as JSON.
   */
  data?: {
    [k: string]: unknown;
  };
  /**
   * Which; without a name it is `echo`.
   */
  name?: string;
  /**
   * Any text of yours: the answer, `ack` or `error`, repeats it.
   */
  ref?: string;
  type: "custom_event";
}
/**
 * A conversation, as all its members see it.
 */
export interface Conversation {
  /**
   * Of a group: a square picture, as a path on this server.
   */
  avatar_url?: string;
  /**
   * Which.
   */
  conversation_id: string;
  /**
   * Two people or a group.
   */
  kind: ConversationKind;
  /**
   * How many messages there were.
   */
  last_number: number;
  /**
   * Everyone who takes part or was asked to, oldest members first.
   */
  members: MemberView[];
  /**
   * The newest entry of the log.
   */
  seq: number;
  /**
   * When something was last said.
   */
  timestamp: string;
  /**
   * Of a group; a direct conversation goes by the other person's name.
   */
  title?: string;
  /**
   * Grows with every change of title, picture and members.
   */
  version: number;
}
/**
 * What is left of a deleted post.
 */
export interface DeletedPost {
  /**
   * Which.
   */
  id: string;
  /**
   * When it was deleted.
   */
  timestamp: string;
  /**
   * Its author.
   */
  user_id: string;
  /**
   * Version of the post: an older `post_updated` that arrives late changes nothing.
   */
  version: number;
}
/**
 * A command that carried a `ref` was carried out.
 */
export interface EventAck {
  /**
   * The `ref` of the command.
   */
  ref: string;
  /**
   * What came of it.
   */
  result: AckResult;
  type: "ack";
}
/**
 * An application came, or moved: for the applicant and for whoever posted the job.
 */
export interface EventApplicationUpdate {
  /**
   * All of it, now; an older `version` that arrives late changes nothing.
   */
  application: Application;
  /**
   * Its place in the event log.
   */
  offset: number;
  type: "application_update";
}
/**
 * The comments of a post changed, or were asked for.
 */
export interface EventCommentUpdate {
  /**
   * The newest comment, when one was added and the receiver may see it.
   */
  comment?: CommentView;
  /**
   * All comments and replies, now.
   */
  comment_count: number;
  /**
   * The comment that was deleted, when one was.
   */
  deleted_comment_id?: string;
  /**
   * The post.
   */
  post_id: string;
  /**
   * When.
   */
  timestamp: string;
  type: "comment_update";
  /**
   * Version of the comments: more than one above yours means that some changes were folded into one; fetch them.
   */
  version: number;
}
/**
 * First frame of every connection.
 */
export interface EventConnected {
  /**
   * Names the run of the server's event log; `resume` with another one means reload.
   */
  epoch: string;
  /**
   * Send `ping` this often; two intervals of silence mean the connection is dead.
   */
  heartbeat_interval_ms: number;
  /**
   * The newest entry of the event log.
   */
  offset: number;
  /**
   * The connection's own id.
   */
  sid: string;
  /**
   * The server's clock.
   */
  timestamp: string;
  type: "connected";
  /**
   * Who is signed in.
   */
  user_id: string;
}
/**
 * Somebody accepted the receiver's request.
 */
export interface EventConnectionAccepted {
  /**
   * Who asks or answers.
   */
  from_user_id: string;
  /**
   * The name they go by.
   */
  from_user_name: string;
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * The request.
   */
  request_id: string;
  /**
   * How far the receiver is connected with them now.
   */
  state: ConnectionState;
  /**
   * When.
   */
  timestamp: string;
  type: "connection_accepted";
  /**
   * Version of `state` and of `waiting_count`.
   */
  version: number;
  /**
   * How many requests wait for the receiver's answer now.
   */
  waiting_count: number;
}
/**
 * Somebody declined the receiver's request.
 */
export interface EventConnectionDeclined {
  /**
   * Who asks or answers.
   */
  from_user_id: string;
  /**
   * The name they go by.
   */
  from_user_name: string;
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * The request.
   */
  request_id: string;
  /**
   * How far the receiver is connected with them now.
   */
  state: ConnectionState;
  /**
   * When.
   */
  timestamp: string;
  type: "connection_declined";
  /**
   * Version of `state` and of `waiting_count`.
   */
  version: number;
  /**
   * How many requests wait for the receiver's answer now.
   */
  waiting_count: number;
}
/**
 * Somebody asks the receiver to connect.
 */
export interface EventConnectionRequest {
  /**
   * Who asks or answers.
   */
  from_user_id: string;
  /**
   * The name they go by.
   */
  from_user_name: string;
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * The request.
   */
  request_id: string;
  /**
   * How far the receiver is connected with them now.
   */
  state: ConnectionState;
  /**
   * When.
   */
  timestamp: string;
  type: "connection_request";
  /**
   * Version of `state` and of `waiting_count`.
   */
  version: number;
  /**
   * How many requests wait for the receiver's answer now.
   */
  waiting_count: number;
}
/**
 * What the receiver did on another device, or a request or connection that the other one took back.
 */
export interface EventConnectionUpdate {
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * The newest request between the two.
   */
  request_id: string;
  /**
   * How far the receiver is connected with them now.
   */
  state: ConnectionState;
  /**
   * When.
   */
  timestamp: string;
  type: "connection_update";
  /**
   * The other person.
   */
  user_id: string;
  /**
   * Version of `state` and of `waiting_count`.
   */
  version: number;
  /**
   * How many requests wait for the receiver's answer now.
   */
  waiting_count: number;
}
/**
 * Answer to `sync_conversations`, and to `resume` when the event log does not reach far enough back.
 */
export interface EventConversationChanges {
  /**
   * Which.
   */
  conversation_id: string;
  /**
   * In the order of their last changes (`revision`).
   */
  messages: MessageView[];
  /**
   * True: there is too much. Forget what is held of the thread and load its newest page; `messages` is empty.
   */
  reload?: boolean;
  /**
   * With these changes the client holds everything up to this entry.
   */
  seq: number;
  type: "conversation_changes";
}
/**
 * Title, picture or members of a conversation changed.
 */
export interface EventConversationUpdate {
  /**
   * All of it.
   */
  conversation: Conversation;
  /**
   * Its place in the event log.
   */
  offset: number;
  type: "conversation_update";
}
/**
 * Answer to `custom_event`.
 */
export interface EventCustomResponse {
  /**
   * The answer.
   */
  data: {
    [k: string]: unknown;
  };
  /**
   * Which event is answered.
   */
  name: string;
  /**
   * The server's clock.
   */
  timestamp: string;
  type: "custom_response";
  /**
   * Who asked.
   */
  user_id: string;
}
/**
 * A frame or command was refused; the connection stays open.
 */
export interface EventError {
  /**
   * Stable, for programs.
   */
  code: ErrorCode;
  /**
   * The field at fault, where one is; the first of `fields`.
   */
  field?: string;
  /**
   * Every field at fault, when a form has more than one.
   */
  fields?: FieldError[];
  /**
   * A sentence, for people.
   */
  message: string;
  /**
   * The `ref` of the command, where it had one.
   */
  ref?: string;
  /**
   * When to try again, in milliseconds from now; with `rate_limited` and `unavailable`.
   */
  retry_after_ms?: number;
  type: "error";
}
/**
 * The server is about to restart: come back after this many milliseconds, different for each client.
 */
export interface EventGoingAway {
  /**
   * Milliseconds to wait before reconnecting.
   */
  retry_after_ms: number;
  type: "going_away";
}
/**
 * A job was posted, changed, closed, opened again, deleted or brought back: for who watches everyone's feed.
 */
export interface EventJobUpdate {
  /**
   * It is gone; who posted it may bring it back for a while.
   */
  deleted?: boolean;
  /**
   * All of it, now, but for what is only true for one reader: `application_count` and `mine` are absent. An older `version` that arrives late changes nothing.
   */
  job: JobView;
  /**
   * Its place in the event log.
   */
  offset: number;
  type: "job_update";
}
/**
 * The likes of a post or comment changed, or were asked for.
 */
export interface EventLikeUpdate {
  /**
   * The comment, when its likes changed and not the post's.
   */
  comment_id?: string;
  /**
   * All likes, now.
   */
  like_count: number;
  /**
   * Whether the receiver likes it: only on the actor's own connections and in answer to `watch_posts`.
   */
  liked?: boolean;
  /**
   * The post.
   */
  post_id: string;
  /**
   * When.
   */
  timestamp: string;
  type: "like_update";
  /**
   * Who liked or unliked last.
   */
  user_id: string;
  /**
   * Version of `like_count`.
   */
  version: number;
}
/**
 * What the receiver has to themselves in a conversation changed, on this device or another.
 */
export interface EventMembershipUpdate {
  /**
   * The conversation.
   */
  conversation_id: string;
  /**
   * All of it. With the standing `left`, forget the conversation.
   */
  mine: Membership;
  /**
   * Its place in the event log.
   */
  offset: number;
  type: "membership_update";
}
/**
 * A message was deleted for everybody.
 */
export interface EventMessageDeleted {
  /**
   * The conversation.
   */
  conversation_id: string;
  /**
   * The message.
   */
  message_id: string;
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * The entry of the conversation's log that this event is.
   */
  seq: number;
  /**
   * When.
   */
  timestamp: string;
  type: "message_deleted";
}
/**
 * A device of a member holds everything up to a message.
 */
export interface EventMessageDelivered {
  /**
   * The conversation.
   */
  conversation_id: string;
  /**
   * The newest message that was read or received.
   */
  message_id: string;
  /**
   * Its number.
   */
  number: number;
  /**
   * When.
   */
  read_at: string;
  type: "message_delivered";
  /**
   * The member.
   */
  user_id: string;
}
/**
 * A member has read up to a message.
 */
export interface EventMessageRead {
  /**
   * The conversation.
   */
  conversation_id: string;
  /**
   * The newest message that was read or received.
   */
  message_id: string;
  /**
   * Its number.
   */
  number: number;
  /**
   * When.
   */
  read_at: string;
  type: "message_read";
  /**
   * The member.
   */
  user_id: string;
}
/**
 * A message was edited.
 */
export interface EventMessageUpdated {
  /**
   * What it carries; nothing once deleted.
   */
  attachment?: Attachment;
  /**
   * The sender's own id for it, which no other message of theirs ever has. Notes have none.
   */
  client_id?: string;
  /**
   * The text; empty when deleted, in notes, and where the attachment says it all.
   */
  content: string;
  /**
   * The conversation.
   */
  conversation_id: string;
  /**
   * Deleted for everybody; its place stays.
   */
  deleted?: boolean;
  /**
   * When its text last changed, if it did.
   */
  edited_at?: string;
  /**
   * Links, mentions and tags in the text.
   */
  entities?: Entity[];
  /**
   * Which; newer messages have greater ids.
   */
  message_id: string;
  /**
   * Set when this is no message but something that happened.
   */
  note?: Note;
  /**
   * How many messages there were with it; that of the message before for a note.
   */
  number: number;
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * In the order in which they first came.
   */
  reactions?: Reaction[];
  /**
   * What it replies to.
   */
  reply_to?: Quote;
  /**
   * The entry of the log with which it last changed; `seq` when it never did.
   */
  revision: number;
  /**
   * Their name and picture.
   */
  sender: PersonRef;
  /**
   * Who wrote it, or did what the note says.
   */
  sender_id: string;
  /**
   * Its place in the thread: the entry of the log with which it came.
   */
  seq: number;
  /**
   * When it was stored.
   */
  timestamp: string;
  type: "message_updated";
}
/**
 * Somebody said something in a conversation, or a note was added; also the acknowledgement of `send_message`.
 */
export interface EventNewMessage {
  /**
   * What it carries; nothing once deleted.
   */
  attachment?: Attachment;
  /**
   * The sender's own id for it, which no other message of theirs ever has. Notes have none.
   */
  client_id?: string;
  /**
   * The text; empty when deleted, in notes, and where the attachment says it all.
   */
  content: string;
  /**
   * The conversation.
   */
  conversation_id: string;
  /**
   * Deleted for everybody; its place stays.
   */
  deleted?: boolean;
  /**
   * When its text last changed, if it did.
   */
  edited_at?: string;
  /**
   * Links, mentions and tags in the text.
   */
  entities?: Entity[];
  /**
   * Which; newer messages have greater ids.
   */
  message_id: string;
  /**
   * Set when this is no message but something that happened.
   */
  note?: Note;
  /**
   * How many messages there were with it; that of the message before for a note.
   */
  number: number;
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * In the order in which they first came.
   */
  reactions?: Reaction[];
  /**
   * What it replies to.
   */
  reply_to?: Quote;
  /**
   * The entry of the log with which it last changed; `seq` when it never did.
   */
  revision: number;
  /**
   * Their name and picture.
   */
  sender: PersonRef;
  /**
   * Who wrote it, or did what the note says.
   */
  sender_id: string;
  /**
   * Its place in the thread: the entry of the log with which it came.
   */
  seq: number;
  /**
   * When it was stored.
   */
  timestamp: string;
  type: "new_message";
}
/**
 * Somebody posted.
 */
export interface EventNewPost {
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * The whole post.
   */
  post: PostView;
  type: "new_post";
}
/**
 * Something concerns the receiver, or more of the same does.
 */
export interface EventNotification {
  /**
   * It may be told with a toast and a sound: it is not quiet hours, and the kind is not switched off.
   */
  alert?: boolean;
  /**
   * The announcement.
   */
  announcement_id?: string;
  /**
   * The application.
   */
  application_id?: string;
  /**
   * The newest comment of the group, or the one that was liked.
   */
  comment_id?: string;
  /**
   * The conversation.
   */
  conversation_id?: string;
  /**
   * More about it.
   */
  data: NotificationData;
  /**
   * The job.
   */
  job_id?: string;
  /**
   * What it is about.
   */
  kind: NotificationKind;
  /**
   * One sentence.
   */
  message: string;
  /**
   * The newest message.
   */
  message_id?: string;
  /**
   * Which.
   */
  notification_id: string;
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * The post.
   */
  post_id?: string;
  /**
   * When it was read, if it was.
   */
  read_at?: string;
  /**
   * The request to connect.
   */
  request_id?: string;
  /**
   * The entry of the person's log with which it last changed: of two states the one with the greater holds.
   */
  seq: number;
  /**
   * When the newest of it happened: lists are in this order.
   */
  timestamp: string;
  /**
   * A few words, as the title of a browser notification.
   */
  title: string;
  type: "notification";
  /**
   * The newest person behind it; the community has none.
   */
  user_id?: string;
}
/**
 * What became of a notification: read on another device, gone, delivered.
 */
export interface EventNotificationUpdate {
  /**
   * The same became of every notification that was raised before it, too: all were marked as read. With `unread`, of those that were marked together at `timestamp`: that was taken back.
   */
  and_older?: boolean;
  /**
   * Which channel `queued`, `delivered` and `failed` speak of.
   */
  channel?: Channel;
  /**
   * Which.
   */
  notification_id: string;
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * Why it failed.
   */
  reason?: string;
  /**
   * The entry of the person's log with which it happened; absent for `queued`, `delivered` and `failed`, which change nothing that the bell shows.
   */
  seq?: number;
  /**
   * What became of it.
   */
  status: NotificationStatus;
  /**
   * When; of all at once the very moment they were marked with.
   */
  timestamp: string;
  type: "notification_update";
}
/**
 * Answer to `ping`.
 */
export interface EventPong {
  /**
   * The server's clock.
   */
  timestamp: string;
  type: "pong";
}
/**
 * A post is gone.
 */
export interface EventPostDeleted {
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * What is left of it.
   */
  post: DeletedPost;
  type: "post_deleted";
}
/**
 * A post was edited or restored.
 */
export interface EventPostUpdated {
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * The whole post.
   */
  post: PostView;
  type: "post_updated";
}
/**
 * The reactions to a message changed.
 */
export interface EventReactionUpdate {
  /**
   * The conversation.
   */
  conversation_id: string;
  /**
   * The message.
   */
  message_id: string;
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * All its reactions, now.
   */
  reactions: Reaction[];
  /**
   * The entry of the conversation's log that this event is.
   */
  seq: number;
  /**
   * When.
   */
  timestamp: string;
  type: "reaction_update";
  /**
   * Whose reaction came or went.
   */
  user_id: string;
}
/**
 * What the receiver may see of a person, or wants to, may have changed: what is shown of them is asked for again.
 */
export interface EventSightUpdate {
  /**
   * Whether the receiver has muted them; absent where that is not what changed.
   */
  muted?: boolean;
  /**
   * Its place in the event log.
   */
  offset: number;
  /**
   * When.
   */
  timestamp: string;
  type: "sight_update";
  /**
   * Of whom.
   */
  user_id: string;
}
/**
 * Somebody types, or stopped.
 */
export interface EventTyping {
  /**
   * The conversation.
   */
  conversation_id: string;
  /**
   * Forget it after this long without news, in milliseconds; 0 when they stopped.
   */
  expires_in_ms: number;
  /**
   * Whether they type.
   */
  is_typing: boolean;
  type: "typing";
  /**
   * Who.
   */
  user_id: string;
  /**
   * The name they go by.
   */
  user_name: string;
}
/**
 * How much the receiver has not read.
 */
export interface EventUnreadCount {
  /**
   * Each conversation of the inbox that has any unread messages; absent when only `count` changed.
   */
  conversations?: UnreadConversation[];
  /**
   * Unread notifications.
   */
  count: number;
  /**
   * The entry of the person's log of notifications that `count` was made with: of two counts the later one holds.
   */
  seq: number;
  type: "unread_count";
}
/**
 * Somebody came or went, or was asked for.
 */
export interface EventUserStatus {
  /**
   * The name they go by.
   */
  full_name: string;
  /**
   * They are, and did nothing for a while on any device.
   */
  idle?: boolean;
  /**
   * When they were last there; absent while they are, and when they never were.
   */
  last_seen_at?: string;
  /**
   * Whether they are there.
   */
  status: Status;
  /**
   * The server's clock.
   */
  timestamp: string;
  type: "user_status";
  /**
   * Who.
   */
  user_id: string;
}
