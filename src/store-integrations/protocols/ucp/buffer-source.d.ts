/** A name of the DOM's types that structured-headers' own use; without it whatever it parses would be `any`. */
type BufferSource = ArrayBufferView | ArrayBuffer;
