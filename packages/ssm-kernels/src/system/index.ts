// The folders and files of the machine that the programs use, and which of them are trusted. For Node. The package that loads
// native code owns them.
export * from '@pyramid-mamba/tfjs-backend-cuda/system';
