import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, UsersOnly, type Caller } from '../../identity';
import { Limited, Problems } from '../../platform/http';
import {
  BeginMailboxLinkRequest,
  ChangeMailboxRequest,
  CompleteMailboxLinkRequest,
  LinkMailboxRequest,
  OpenForwardingRequest,
} from './dto/mailbox.request';
import {
  BegunMailboxLinkResponse,
  ForwardingResponse,
  MailboxListResponse,
  MailboxResponse,
} from './dto/mailbox.response';
import { MailForwardings } from './mail-forwardings';
import { MailboxLinking } from './mailbox-linking';
import { Mailboxes } from './mailboxes';
import { MAILBOX_LINKS_PER_CALLER } from './mailboxes.limits';

@ApiTags('Mailboxes')
@ApiBearerAuth()
@UsersOnly()
@Controller('mailboxes')
export class MailboxesController {
  constructor(
    private readonly mailboxes: Mailboxes,
    private readonly linking: MailboxLinking,
    private readonly forwardings: MailForwardings,
  ) {}

  @ApiOperation({
    summary: 'My mailboxes',
    description:
      'Mailboxes that Muse reads for orders, the address to forward mail to, and the texts that are to be shown and agreed to before either.',
  })
  @Problems(401, 403)
  @Get()
  listMailboxes(@CurrentCaller() caller: Caller): Promise<MailboxListResponse> {
    return this.mailboxes.list(caller);
  }

  @ApiOperation({
    summary: 'Link a mailbox by a password',
    description:
      'IMAP over TLS. It is kept encrypted, and proved at once by signing in: `status` goes from `proving` to `active`, or to `needs_relink` with a `reason`. The same address again takes the place of what was linked.',
  })
  @Problems(400, 401, 403, 409, 422, 429)
  @Limited(MAILBOX_LINKS_PER_CALLER)
  @Post()
  @HttpCode(202)
  linkMailbox(@CurrentCaller() caller: Caller, @Body() body: LinkMailboxRequest): Promise<MailboxResponse> {
    return this.mailboxes.link(caller, body);
  }

  @ApiOperation({
    summary: 'Begin linking a mailbox by OAuth',
    description:
      'The shopper’s browser goes to authorizationUrl, signs in and agrees there; the provider sends it to Muse, which sends it on to returnTo.',
  })
  @Problems(400, 401, 403, 404, 422, 429)
  @Limited(MAILBOX_LINKS_PER_CALLER)
  @Post('oauth')
  @HttpCode(201)
  beginMailboxLink(
    @CurrentCaller() caller: Caller,
    @Body() body: BeginMailboxLinkRequest,
  ): Promise<BegunMailboxLinkResponse> {
    return this.linking.begin(caller, body);
  }

  @ApiOperation({
    summary: 'Finish linking a mailbox by OAuth',
    description:
      'With what the browser brought back, by the user who began the link: another user’s is not found. Each is finished once, within ten minutes; where the provider could not be asked (503), the same request may be sent again.',
  })
  @Problems(400, 401, 403, 404, 409, 429)
  @Limited(MAILBOX_LINKS_PER_CALLER)
  @Post('oauth/complete')
  @HttpCode(202)
  completeMailboxLink(
    @CurrentCaller() caller: Caller,
    @Body() body: CompleteMailboxLinkRequest,
  ): Promise<MailboxResponse> {
    return this.linking.complete(caller, body);
  }

  @ApiOperation({
    summary: 'Have an address to forward mail to',
    description:
      'The shopper’s alone; asked again, it is the one that there is. Of a mail that comes there only what its sender’s own domain proves (DKIM, SPF) is believed.',
  })
  @Problems(400, 401, 403, 409, 422)
  @Post('forwarding')
  @HttpCode(200)
  openForwarding(@CurrentCaller() caller: Caller, @Body() body: OpenForwardingRequest): Promise<ForwardingResponse> {
    return this.forwardings.open(caller, body);
  }

  @ApiOperation({
    summary: 'Have another address in its place',
    description: 'What comes to the old one is nobody’s from then on.',
  })
  @Problems(401, 403, 404, 409)
  @Post('forwarding/rotate')
  @HttpCode(200)
  rotateForwarding(@CurrentCaller() caller: Caller): Promise<ForwardingResponse> {
    return this.forwardings.rotate(caller);
  }

  @ApiOperation({
    summary: 'Give the address up',
    description: 'What comes to it from now on is read by nobody. Orders that were found stay.',
  })
  @Problems(401, 403, 404)
  @Delete('forwarding')
  @HttpCode(204)
  closeForwarding(@CurrentCaller() caller: Caller): Promise<void> {
    return this.forwardings.close(caller);
  }

  @ApiOperation({
    summary: 'One of my mailboxes',
    description: 'How it stands, what is in the way, and what of it is read.',
  })
  @Problems(400, 401, 403, 404)
  @Get(':mailboxId')
  readMailbox(
    @CurrentCaller() caller: Caller,
    @Param('mailboxId', ParseUUIDPipe) mailboxId: string,
  ): Promise<MailboxResponse> {
    return this.mailboxes.show(caller, mailboxId);
  }

  @ApiOperation({
    summary: 'Change what is read of a mailbox',
    description: 'Folders that stay go on from where they were read to. A pause ends the connection within seconds.',
  })
  @Problems(400, 401, 403, 404, 409)
  @Patch(':mailboxId')
  changeMailbox(
    @CurrentCaller() caller: Caller,
    @Param('mailboxId', ParseUUIDPipe) mailboxId: string,
    @Body() body: ChangeMailboxRequest,
  ): Promise<MailboxResponse> {
    return this.mailboxes.change(caller, mailboxId, body);
  }

  @ApiOperation({
    summary: 'Unlink a mailbox',
    description:
      'What is kept of it and what opens it is destroyed at once. What mails have told of orders stays with the orders.',
  })
  @Problems(400, 401, 403, 404)
  @Delete(':mailboxId')
  @HttpCode(204)
  unlinkMailbox(@CurrentCaller() caller: Caller, @Param('mailboxId', ParseUUIDPipe) mailboxId: string): Promise<void> {
    return this.mailboxes.unlink(caller, mailboxId);
  }
}
