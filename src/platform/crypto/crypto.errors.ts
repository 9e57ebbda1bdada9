/** The subject's key was destroyed (erasure): what was sealed under it is gone for good. */
export class KeyDestroyed extends Error {
  constructor() {
    super('The key of this subject was destroyed');
    this.name = 'KeyDestroyed';
  }
}

/** A sealed value does not open: another key, another place than it was sealed for, or changed bytes. */
export class SealBroken extends Error {
  constructor() {
    super('The sealed value does not open here');
    this.name = 'SealBroken';
  }
}

/** A data key is wrapped by a master key that this process was not given. */
export class MasterKeyMissing extends Error {
  constructor(masterKeyId: string) {
    super(`Master key ${masterKeyId} is not configured`);
    this.name = 'MasterKeyMissing';
  }
}
